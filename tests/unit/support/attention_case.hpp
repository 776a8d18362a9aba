#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <xtensor/xview.hpp>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/layers/head_layout.hpp"
#include "support/cases.hpp"
#include "support/tensors.hpp"

namespace headscope::test {

/// The last N extents; the ones before them are folded into the first.
template <std::size_t N>
Extents<N> extents_of(const CaseTensor& tensor) {
  Extents<N> extents;
  extents.fill(1);
  const std::size_t rank = tensor.shape.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::size_t target = axis + N >= rank ? axis + N - rank : 0;
    extents[target] *= tensor.shape[axis];
  }
  return extents;
}

template <std::size_t N>
TensorView<const float, N> view(const CaseTensor& tensor) {
  return view_of<const float, N>(tensor.values.data(), extents_of<N>(tensor));
}

/// (B, H, L, D), of a tensor of that shape or, with heads > 0, of (B, L, H D).
inline TensorView<const float, 4> view_of_heads(const CaseTensor& tensor, std::size_t heads) {
  if (heads == 0) return view<4>(tensor);
  return heads_view(
      tensor.values.data(),
      {.batch = tensor.shape[0], .length = tensor.shape[1], .heads = heads, .head_dim = tensor.shape[2] / heads});
}

/// A recorded call of attention in the terms that the golden cases and ONNX have in common. What is not there is null.
struct AttentionCase {
  const CaseTensor* query;
  const CaseTensor* key;
  const CaseTensor* value;
  const CaseTensor* past_key = nullptr;
  const CaseTensor* past_value = nullptr;
  const CaseTensor* mask = nullptr;
  const CaseTensor* key_lengths = nullptr;
  std::size_t heads = 0;      ///< of queries (B, L, H D); 0 where they are (B, H, L, D)
  std::size_t kv_heads = 0;   ///< the same of keys and values
  bool bottom_right = false;  ///< the last query stands at the last key, or the last one that is no padding
  AttentionOptions options = {};
};

/// What attention makes of a case, in the layouts of the case.
struct AttentionOutcome {
  std::vector<float> output;
  std::vector<float> weights;
  std::vector<float> log_sum_exp;
  std::vector<float> scores;
  std::vector<float> present_key;
  std::vector<float> present_value;
};

/// (B, H, P, D) and (B, H, L, D) -> (B, H, P + L, D)
inline Values<4> behind(const CaseTensor& past, const TensorView<const float, 4>& rows) {
  Extents<4> shape = extents_of<4>(past);
  shape[2] += rows.shape()[2];
  Values<4> joined(shape);
  auto all = joined.result();
  const std::size_t length = past.shape[2];
  xt::view(all, xt::all(), xt::all(), xt::range(std::size_t{0}, length)) = view<4>(past);
  xt::view(all, xt::all(), xt::all(), xt::range(length, shape[2])) = rows;
  return joined;
}

inline Mask mask_of(const CaseTensor* mask) {
  if (mask == nullptr) return {};
  if (mask->dtype == "bool") {
    return BooleanMask{view_of<const std::uint8_t, 4>(mask->bytes.data(), extents_of<4>(*mask))};
  }
  return AdditiveMask{view<4>(*mask)};
}

/// Runs a case with the scores of one stage, or with the output alone, which is another path through the kernels.
inline void run(const AttentionCase& recorded, std::optional<ScoreStage> stage, bool output_only,
                AttentionOutcome& outcome) {
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
