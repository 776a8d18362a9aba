#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/spatial_shift.hpp"
#include "headscope/layers/split_attention.hpp"
#include "headscope/layers/state_dict.hpp"

namespace headscope {

/// S²-attention, the mixing block of "S²-MLPv2: Improved Spatial-Shift MLP Architecture for Vision" (Yu et al., 2021),
/// section 3.2: one linear layer makes three branches of each position, the first two are shifted, split attention
/// weighs them, and another linear layer follows.
class S2Attention {
 public:
  /// From "mlp1" (3 c, c), "mlp2" (c, c), each with its bias where it is there, and "split_attention", three branches
  /// of c channels. Refuses names that are missing and other shapes.
  static Result<S2Attention> create(const Parameters& parameters);

  std::size_t channels() const { return mlp2_.in(); }

  /// x (b, c, w, h), row-major -> output (b, c, w, h), row-major.
  ///
  /// Captures "mlp1" (b, w, h, 3 c); "spatial_shift1" and "spatial_shift2" (b, w, h, c), the shifted branches;
  /// "split_attention.weights" (b, 3, c); "split_attention.output" and "mlp2" (b, w, h, c). An image without pixels has
  /// none of these.
  Result<void> forward(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> output,
                       const CaptureScope& captures) const;

 private:
  S2Attention(std::vector<Linear> mlp1, SplitAttention split_attention, Linear mlp2)
      : mlp1_(std::move(mlp1)), split_attention_(std::move(split_attention)), mlp2_(std::move(mlp2)) {}

  const Linear& part(std::size_t branch, std::size_t group) const { return mlp1_[branch * shift_groups + group]; }

  /// Captures what is computed one after the other only for those who ask: the first layer, and what it gives, shifted.
  Result<void> keep_branches(const TensorView<const float, 4>& x, ShiftSource source,
                             const CaptureScope& captures) const;

  /// sums (c) of the branches of one image (c, w, h) over all positions.
  Result<void> sum_branches(const float* image, const Extents<2>& extents, ShiftSource source, float* sums) const;

  /// The branches of each group of channels, weighed and added up, as one product. weights (branches, c).
  std::array<kernels::PackedWeights, shift_groups> weighed_groups(const float* weights, float* memory) const;

  /// The rows of "mlp1" for one branch of the channels that one shift moves (branch, group).
  std::vector<Linear> mlp1_;
  SplitAttention split_attention_;
  Linear mlp2_;
};

}  // namespace headscope
