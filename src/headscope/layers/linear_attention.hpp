#pragma once

#include <optional>

#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

struct LinearAttentionResults {
  TensorView<float, 4> output;                       ///< (B, H, Lq, Dv)
  std::optional<TensorView<float, 4>> weights = {};  ///< (B, H, Lq, Lk), if wanted: they cost Lq Lk each
};

/// Linear attention ("Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention", Katharopoulos et
/// al., 2020, equations 4 to 9), in time and memory that grow with the length and not with its square:
///
///   output_i = Σ_j φ(q_i) · φ(k_j) v_j / Σ_j φ(q_i) · φ(k_j)      φ(x) = elu(x) + 1: x + 1 above 0, e^x below
///
/// over all keys or, if `causal`, over the keys 0 to i. Scores are not scaled, and nothing is added to the denominator;
/// where it is 0, as without keys, weights and output are 0.
///
/// query (B, H, Lq, D), key (B, H, Lk, D), value (B, H, Lk, Dv), row-major. Refuses what does not fit (InvalidShape)
/// and reports OutOfMemory.
Result<void> linear_attention(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                              const TensorView<const float, 4>& value, bool causal, LinearAttentionResults results);

}  // namespace headscope
