#include "headscope/attention/scaled_dot_product_attention.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <variant>

#include "headscope/attention/attend.hpp"
#include "headscope/attention/attend_row.hpp"
#include "headscope/attention/check.hpp"
#include "headscope/attention/tensors.hpp"
#include "headscope/expect.hpp"

namespace headscope {
namespace {

Result<void> check(const AttentionTensors& t) {
  const auto [batch, heads, query_length, depth] = Extents<4>{t.query.shape()};
  const std::size_t key_length = t.key.shape()[2];
  const std::size_t value_depth = t.value.shape()[3];
  const Extents<4> scores_shape{batch, heads, query_length, key_length};

  auto outcome = check_query_and_key(t.query, t.key);
  if (outcome) {
    outcome =
        first_failure(expect_shape("value", t.value, Extents<4>{batch, t.key.shape()[1], key_length, value_depth}),
                      expect_shape("output", t.results.output, Extents<4>{batch, heads, query_length, value_depth}),
                      expect_adjacent_elements("value", t.value), expect_adjacent_elements("output", t.results.output));
  }
  if (outcome && t.results.weights) {
    outcome = first_failure(expect_shape("weights", *t.results.weights, scores_shape),
                            expect_adjacent_elements("weights", *t.results.weights));
  }
  if (outcome && t.results.scores) {
    outcome = first_failure(expect_shape("scores", t.results.scores->scores, scores_shape),
                            expect_adjacent_elements("scores", t.results.scores->scores));
  }
  if (outcome && t.results.log_sum_exp) {
    outcome = first_failure(expect_shape("logSumExp", *t.results.log_sum_exp, Extents<3>{batch, heads, query_length}),
                            expect_adjacent_elements("logSumExp", *t.results.log_sum_exp));
  }
  if (outcome) outcome = check_options(t.options, scores_shape);
  return outcome;
}

template <class Attender, class Run>
Result<void> run_with(const AttentionTensors& tensors, Run&& run) {
  Attender attender(tensors);
  if (auto ready = attender.allocate(); !ready) return ready;
  run(attender);
  return {};
}

}  // namespace

Result<void> scaled_dot_product_attention(const TensorView<const float, 4>& query,
                                          const TensorView<const float, 4>& key,
                                          const TensorView<const float, 4>& value, const AttentionOptions& options,
                                          const AttentionResults& results) {
  const AttentionTensors tensors{.query = query, .key = key, .value = value, .options = options, .results = results};
  if (auto checked = check(tensors); !checked) return checked;
  const auto [batches, heads, queries, depth] = Extents<4>{query.shape()};
  const bool adjacent = depth <= 1 || (query.strides()[3] == 1 && key.strides()[3] == 1);
  // Below a few queries most lanes would be idle, and packing the keys would cost more than their products.
  constexpr std::size_t few_queries = 3;
  if (queries <= few_queries && adjacent) {
    return run_with<AttendRow<xsimd::default_arch>>(tensors, [&](auto& attend) {
      for (std::size_t b = 0; b < batches; ++b) {
        for (std::size_t h = 0; h < heads; ++h) {
          for (std::size_t i = 0; i < queries; ++i) attend.run(b, h, i);
        }
      }
    });
  }
  return run_with<Attend<xsimd::default_arch>>(tensors, [&](auto& attend) {
    for (std::size_t b = 0; b < batches; ++b) {
      for (std::size_t h = 0; h < key.shape()[1]; ++h) attend.run(b, h);
    }
  });
}

}  // namespace headscope
