#include "support/attention_case.hpp"

#include <gtest/gtest.h>
#include <xtensor/xview.hpp>

#include "headscope/layers/head_layout.hpp"

namespace headscope::test {
namespace {

/// (B, H, P, D) and (B, H, L, D) -> (B, H, P + L, D)
Values<4> behind(const CaseTensor& past, const TensorView<const float, 4>& rows) {
  Extents<4> shape = extents_of<4>(past);
  shape[2] += rows.shape()[2];
  Values<4> joined(shape);
  auto all = joined.result();
  const std::size_t length = past.shape[2];
  xt::view(all, xt::all(), xt::all(), xt::range(std::size_t{0}, length)) = view<4>(past);
  xt::view(all, xt::all(), xt::all(), xt::range(length, shape[2])) = rows;
  return joined;
}

}  // namespace

TensorView<const float, 4> view_of_heads(const CaseTensor& tensor, std::size_t heads) {
  if (heads == 0) return view<4>(tensor);
  return heads_view(
      tensor.values.data(),
      {.batch = tensor.shape[0], .length = tensor.shape[1], .heads = heads, .head_dim = tensor.shape[2] / heads});
}

Mask mask_of(const CaseTensor* mask) {
  if (mask == nullptr) return {};
  if (mask->dtype == "bool") {
    return BooleanMask{view_of<const std::uint8_t, 4>(mask->bytes.data(), extents_of<4>(*mask))};
  }
  return AdditiveMask{view<4>(*mask)};
}

void run(const AttentionCase& recorded, std::optional<ScoreStage> stage, bool output_only, AttentionOutcome& outcome) {
  const auto query = view_of_heads(*recorded.query, recorded.heads);
  auto key = view_of_heads(*recorded.key, recorded.kv_heads);
  auto value = view_of_heads(*recorded.value, recorded.kv_heads);
  const std::size_t past = recorded.past_key == nullptr ? 0 : recorded.past_key->shape[2];
  std::optional<Values<4>> present_key;
  std::optional<Values<4>> present_value;
  if (recorded.past_key != nullptr) {
    present_key = behind(*recorded.past_key, key);
    present_value = behind(*recorded.past_value, value);
    outcome.present_key.assign(present_key->begin(), present_key->end());
    outcome.present_value.assign(present_value->begin(), present_value->end());
  }
  const auto keys = present_key ? present_key->view() : key;
  const auto values = present_value ? present_value->view() : value;

  const auto [batch, heads, queries, depth] = query.shape();
  const std::size_t key_length = keys.shape()[2];
  std::vector<std::int32_t> first_positions(batch, static_cast<std::int32_t>(past));
  if (recorded.bottom_right) {
    for (std::size_t b = 0; b < batch; ++b) {
      const auto length = recorded.key_lengths ? recorded.key_lengths->integers[b] : std::int32_t(key_length);
      first_positions[b] = length - static_cast<std::int32_t>(queries);
    }
  }
  AttentionOptions options = recorded.options;
  options.mask = mask_of(recorded.mask);
  options.first_positions = view_of<const std::int32_t, 1>(first_positions.data(), {batch});
  if (recorded.key_lengths != nullptr) {
    options.key_lengths = view_of<const std::int32_t, 1>(recorded.key_lengths->integers.data(), {batch});
  }

  const std::size_t value_depth = values.shape()[3];
  outcome.output.assign(batch * heads * queries * value_depth, -77);
  const HeadLayout side_by_side{.batch = batch, .length = queries, .heads = heads, .head_dim = value_depth};
  AttentionResults results{
      .output = recorded.heads > 0 ? heads_view(outcome.output.data(), side_by_side)
                                   : view_of<float, 4>(outcome.output.data(), {batch, heads, queries, value_depth})};
  const Extents<4> square{batch, heads, queries, key_length};
  if (!output_only) {
    outcome.weights.assign(product(square), -77);
    outcome.log_sum_exp.assign(batch * heads * queries, -77);
    results.weights = view_of<float, 4>(outcome.weights.data(), square);
    results.log_sum_exp = view_of<float, 3>(outcome.log_sum_exp.data(), {batch, heads, queries});
  }
  if (stage) {
    outcome.scores.assign(product(square), -77);
    results.scores = ScoreResult{.stage = *stage, .scores = view_of<float, 4>(outcome.scores.data(), square)};
  }
  const auto done = scaled_dot_product_attention(query, keys, values, options, results);
  ASSERT_TRUE(done) << done.error().argument << ": expected " << done.error().expected << ", got " << done.error().got;
}

}  // namespace headscope::test
