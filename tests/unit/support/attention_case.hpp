#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "headscope/attention/scaled_dot_product_attention.hpp"
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
TensorView<const float, 4> view_of_heads(const CaseTensor& tensor, std::size_t heads);

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

Mask mask_of(const CaseTensor* mask);

/// Runs a case with the scores of one stage, or with the output alone, which is another path through the kernels.
void run(const AttentionCase& recorded, std::optional<ScoreStage> stage, bool output_only, AttentionOutcome& outcome);

}  // namespace headscope::test
