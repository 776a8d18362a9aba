#pragma once

#include <optional>

#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Projections that are multiplied on the right: Q = X Wq.
struct RightProjections {
  TensorView<const float, 2> query;  ///< (dim, D)
  TensorView<const float, 2> key;    ///< (dim, D)
  TensorView<const float, 2> value;  ///< (dim, Dv)
};

/// Everything that self-attention computes on the way, in this order.
struct SelfAttentionSteps {
  TensorView<float, 2> query;    ///< (L, D)    Q = X Wq
  TensorView<float, 2> key;      ///< (L, D)    K = X Wk
  TensorView<float, 2> value;    ///< (L, Dv)   V = X Wv
  TensorView<float, 2> scores;   ///< (L, L)    S = scale Q Kᵀ, before causality forbids any
  TensorView<float, 2> weights;  ///< (L, L)    P = softmax(S), row by row
  TensorView<float, 2> output;   ///< (L, Dv)   O = P V
};

/// Self-attention of x (L, dim), step by step, each step kept. scale is 1 / sqrt(D) where it is not given.
Result<void> self_attention_steps(const TensorView<const float, 2>& x, const RightProjections& projections,
                                  std::optional<float> scale, bool causal, SelfAttentionSteps steps);

}  // namespace headscope
