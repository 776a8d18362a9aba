#include "headscope/attention/scaled_dot_product_attention.hpp"

#include <type_traits>
#include <variant>

#include "headscope/attention/attend.hpp"
#include "headscope/expect.hpp"

namespace headscope {
namespace {

Result<void> check(const AttentionTensors& t, const AttentionOptions& options) {
  const auto [batch, heads, query_length, depth] = Extents<4>{t.query.shape()};
  const std::size_t key_length = t.key.shape()[2];
  const std::size_t value_depth = t.value.shape()[3];
  const Extents<4> scores_shape{batch, heads, query_length, key_length};

  auto outcome =
      first_failure(expect_shape("key", t.key, Extents<4>{batch, heads, key_length, depth}),
                    expect_shape("value", t.value, Extents<4>{batch, heads, key_length, value_depth}),
                    expect_shape("output", t.output, Extents<4>{batch, heads, query_length, value_depth}),
                    expect_adjacent_elements("value", t.value), expect_adjacent_elements("output", t.output));
  if (outcome && t.weights) {
    outcome = first_failure(expect_shape("weights", *t.weights, scores_shape),
                            expect_adjacent_elements("weights", *t.weights));
  }
  if (outcome && t.log_sum_exp) {
    outcome = first_failure(expect_shape("logSumExp", *t.log_sum_exp, Extents<3>{batch, heads, query_length}),
                            expect_adjacent_elements("logSumExp", *t.log_sum_exp));
  }
  if (outcome) {
    if (const auto* mask = std::get_if<BooleanMask>(&options.mask)) {
      outcome = expect_broadcastable("mask", mask->allowed, scores_shape);
    } else if (const auto* mask = std::get_if<AdditiveMask>(&options.mask)) {
      outcome = expect_broadcastable("mask", mask->bias, scores_shape);
    }
  }
  if (outcome) outcome = expect_finite("scale", options.scale);
  return outcome;
}

}  // namespace

Result<void> scaled_dot_product_attention(const TensorView<const float, 4>& query,
                                          const TensorView<const float, 4>& key,
                                          const TensorView<const float, 4>& value, const AttentionOptions& options,
                                          const AttentionResults& results) {
  AttentionTensors tensors{.query = query,
                           .key = key,
                           .value = value,
                           .output = results.output,
                           .weights = results.weights,
                           .log_sum_exp = results.log_sum_exp};
  if (auto checked = check(tensors, options); !checked) return checked;
  Attend<xsimd::default_arch> attend(tensors, options);
  if (auto ready = attend.allocate(); !ready) return ready;
  const std::size_t batches = query.shape()[0];
  const std::size_t heads = query.shape()[1];
  for (std::size_t b = 0; b < batches; ++b) {
    for (std::size_t h = 0; h < heads; ++h) attend.head(b, h);
  }
  return {};
}

}  // namespace headscope
