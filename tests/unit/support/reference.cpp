#include "support/reference.hpp"

#include <variant>

#include "headscope/reference/attention.hpp"

namespace headscope::test {
namespace {

/// One head of (B, H, L, D).
reference::Matrix head_of(const TensorView<const float, 4>& tensor, std::size_t batch, std::size_t head) {
  reference::Matrix matrix = xt::zeros<double>({tensor.shape()[2], tensor.shape()[3]});
  for (std::size_t i = 0; i < matrix.shape()[0]; ++i) {
    for (std::size_t d = 0; d < matrix.shape()[1]; ++d) matrix(i, d) = static_cast<double>(tensor(batch, head, i, d));
  }
  return matrix;
}

/// What a mask adds to the scores of one head. Keys that it does not reach are forbidden.
reference::Matrix mask_bias(const Mask& mask, std::size_t batch, std::size_t head, std::size_t queries,
                            std::size_t keys) {
  reference::Matrix bias = xt::zeros<double>({queries, keys});
  const auto fill = [&](const auto& tensor, auto&& bias_of) {
    const auto& shape = tensor.shape();
    const auto at = [&](std::size_t axis, std::size_t index) { return shape[axis] == 1 ? 0 : index; };
    for (std::size_t i = 0; i < queries; ++i) {
      for (std::size_t j = 0; j < keys; ++j) {
        const bool reached = shape[3] == 1 || j < shape[3];
        bias(i, j) = reached ? bias_of(tensor(at(0, batch), at(1, head), at(2, i), at(3, j))) : -reference::infinity;
      }
    }
  };
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) {
    fill(boolean->allowed, [](std::uint8_t allowed) { return allowed ? 0.0 : -reference::infinity; });
  } else if (const auto* additive = std::get_if<AdditiveMask>(&mask)) {
    fill(additive->bias, [](float added) { return static_cast<double>(added); });
  }
  return bias;
}

/// The options as they are for one head.
reference::HeadOptions head_options(const AttentionOptions& options, std::size_t batch, std::size_t head,
                                    std::size_t heads, const Extents<3>& queries_keys_depth) {
  const auto [queries, keys, depth] = queries_keys_depth;
  const double first = options.first_positions ? (*options.first_positions)(batch) : 0;
  const auto as_double = [](const std::optional<std::size_t>& size) {
    return size ? std::optional(static_cast<double>(*size)) : std::nullopt;
  };
  reference::HeadOptions result{
      .scale = options.scale ? static_cast<double>(*options.scale) : reference::default_scale(depth),
      .softcap = static_cast<double>(options.softcap),
      .bias = mask_bias(options.mask, batch, head, queries, keys)};
  const auto add = [&](const reference::Matrix& bias) { result.bias = reference::combine(result.bias, bias); };
  add(reference::window_bias(queries, keys, as_double(options.window.left), as_double(options.window.right), first));
  if (options.causal) add(reference::causal_bias(queries, keys, first));
  if (options.key_lengths) add(reference::padding_bias(queries, keys, (*options.key_lengths)(batch)));
  if (options.alibi_slopes) {
    add(reference::alibi_bias(queries, keys, static_cast<double>((*options.alibi_slopes)(head)), first));
  }
  if (options.sinks) result.sink = static_cast<double>((*options.sinks)(head));
  if (const Dropout& dropout = options.dropout; dropout.probability > 0) {
    result.dropout = reference::dropout_factors(queries, keys, static_cast<double>(dropout.probability), dropout.seed,
                                                dropout.first_head + batch * heads + head, dropout.first_query);
  }
  return result;
}

}  // namespace

ExpectedAttention expected_attention(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                                     const TensorView<const float, 4>& value, const AttentionOptions& options) {
  ExpectedAttention expected;
  const auto [batches, heads, queries, depth] = query.shape();
  const std::size_t kv_heads = key.shape()[1];
  const auto append = [](std::vector<double>& to, const auto& tensor) {
    to.insert(to.end(), tensor.begin(), tensor.end());
  };
  for (std::size_t b = 0; b < batches; ++b) {
    for (std::size_t h = 0; h < heads; ++h) {
      const std::size_t kv = h / (heads / kv_heads);
      const auto head = reference::attention(head_of(query, b, h), head_of(key, b, kv), head_of(value, b, kv),
                                             head_options(options, b, h, heads, {queries, key.shape()[2], depth}));
      append(expected.output, head.output);
      append(expected.weights, head.weights);
      append(expected.log_sum_exp, head.log_sum_exp);
      append(expected.scores[0], head.scores);
      append(expected.scores[1], head.softcapped);
      append(expected.scores[2], head.biased);
      append(expected.scores[3], head.probabilities);
    }
  }
  return expected;
}

}  // namespace headscope::test
