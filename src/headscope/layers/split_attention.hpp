#pragma once

#include <cstddef>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/state_dict.hpp"

namespace headscope {

/// Split attention ("ResNeSt", Zhang et al., 2020, as "S²-MLPv2", Yu et al., 2021, uses it in section 3.2): k branches
/// of the same positions are weighed against each other, each channel for itself.
///
///   a = Σ over branches and positions of x (k, n, c)      a^ = W2 gelu(W1 a), seen as (k, c)
///   weights = softmax of a^ over the branches             output (n, c)[i][c] = Σ_k weights[k][c] x[k][i][c]
class SplitAttention {
 public:
  /// From "mlp1.weight" (c, c) and "mlp2.weight" (k c, c), which give k; biases "mlp1.bias" and "mlp2.bias" are used
  /// where they are there. Refuses names that are missing, other shapes, c = 0 and k = 0.
  static Result<SplitAttention> create(const Parameters& parameters);

  std::size_t branches() const { return mlp2_.out() / mlp2_.in(); }
  std::size_t channels() const { return mlp1_.in(); }

  /// How much each branch counts: sums (b, c), row-major, of all branches and positions -> weights (b, k, c),
  /// row-major.
  Result<void> weigh(const TensorView<const float, 2>& sums, TensorView<float, 3> weights) const;

  /// x (b, k, n, c), row-major -> output (b, n, c), row-major. Captures "weights" (b, k, c).
  Result<void> forward(const TensorView<const float, 4>& x, TensorView<float, 3> output,
                       const CaptureScope& captures) const;

 private:
  SplitAttention(Linear mlp1, Linear mlp2) : mlp1_(std::move(mlp1)), mlp2_(std::move(mlp2)) {}

  Linear mlp1_;
  Linear mlp2_;
};

}  // namespace headscope
