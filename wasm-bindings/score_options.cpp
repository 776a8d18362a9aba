#include "score_options.hpp"

#include "convert.hpp"
#include "headscope/attention/alibi.hpp"

namespace headscope::bindings {

std::optional<std::size_t> to_bound(double bound) { return bound < 0 ? std::nullopt : std::optional(to_size(bound)); }

Mask to_mask(const TensorFields& mask, double is_boolean) {
  if (mask.data == 0) return {};
  if (is_boolean != 0) return BooleanMask{input<4, std::uint8_t>(mask)};
  return AdditiveMask{input<4>(mask)};
}

Dropout to_dropout(double probability, double seed) {
  return {.probability = static_cast<float>(probability), .seed = static_cast<std::uint32_t>(seed)};
}

ScoreOptions to_score_options(const ScoreFields& fields, std::size_t heads) {
  ScoreOptions given;
  given.options = {.scale = to_scale(fields.scale),
                   .softcap = static_cast<float>(fields.softcap),
                   .causal = fields.causal != 0,
                   .window = {.left = to_bound(fields.window_left), .right = to_bound(fields.window_right)},
                   .first_positions = optional_input<1, std::int32_t>(fields.first_positions),
                   .key_lengths = optional_input<1, std::int32_t>(fields.key_lengths),
                   .mask = to_mask(fields.mask, fields.mask_is_boolean),
                   .alibi_slopes = optional_input<1>(fields.alibi_slopes),
                   .sinks = optional_input<1>(fields.sinks),
                   .dropout = to_dropout(fields.dropout_probability, fields.dropout_seed)};
  given.options.dropout.first_head = to_size(fields.first_head);
  given.options.dropout.first_query = to_size(fields.first_query);
  if (fields.alibi_heads != 0) {
    const std::size_t whole = to_size(fields.alibi_heads);
    given.paper_slopes.resize(heads);
    for (std::size_t head = 0; head < heads; ++head) {
      given.paper_slopes[head] = alibi_slope((given.options.dropout.first_head + head) % whole, whole);
    }
    given.options.alibi_slopes = view_of<const float, 1>(given.paper_slopes.data(), {heads});
  }
  return given;
}

AttentionResults to_results(const ResultFields& fields, const TensorFields& query, std::size_t key_length,
                            std::size_t value_depth) {
  const auto [batch, heads, query_length, depth] = extents<4>(query);
  const Extents<4> scores{batch, heads, query_length, key_length};
  AttentionResults results{.output = heads_result(fields.output, {batch, heads, query_length, value_depth}, query),
                           .weights = optional_result<4>(fields.weights, scores),
                           .log_sum_exp = optional_result<3>(fields.log_sum_exp, {batch, heads, query_length})};
  if (fields.scores != 0) {
    results.scores = ScoreResult{.stage = static_cast<ScoreStage>(to_size(fields.score_stage)),
                                 .scores = result<4>(fields.scores, scores)};
  }
  return results;
}

}  // namespace headscope::bindings
