#pragma once

#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// What a spatial shift reads.
enum class ShiftSource {
  /// The tensor as it was given: each value moves by one place. What the S²-MLP paper means, and what gradients follow.
  unmodified,
  /// The tensor as it is being overwritten, in ascending order along the axis, as an assignment between overlapping
  /// slices does: a part that moves up reads what has just been written, and the first value spreads over all of it.
  in_place,
};

/// The spatial shift of "S²-MLP: Spatial-Shift MLP Architecture for Vision" (Yu et al., 2021), equation 4: x (b, w, h,
/// c), split into four groups of channels [0, c / 4), [c / 4, c / 2), [c / 2, 3 c / 4), [3 c / 4, c), rounded down,
/// which move by one place up and down axis w, then up and down axis h. What stands at the border they leave stays
/// there.
///
/// y has the shape of x; elements of the last axis are adjacent in both, and their memory does not overlap. Refuses
/// other shapes (InvalidShape).
Result<void> spatial_shift1(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> y);

/// The second shift of "S²-MLPv2" (Yu et al., 2021), equation 5: the first two groups move along axis h, the others
/// along axis w.
Result<void> spatial_shift2(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> y);

}  // namespace headscope
