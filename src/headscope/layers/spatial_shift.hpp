#pragma once

#include <algorithm>
#include <cstddef>

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

/// Where a spatial shift moves a group of channels along an axis: up, away from 0, or down.
enum class ShiftDirection { up, down };

/// Which of the four groups of channels: [channels group / 4, channels (group + 1) / 4), rounded down.
inline constexpr std::size_t shift_groups = 4;
constexpr std::size_t shift_group_begin(std::size_t group, std::size_t channels) {
  return channels * group / shift_groups;
}
constexpr ShiftDirection shift_direction(std::size_t group) {
  return group % 2 == 0 ? ShiftDirection::up : ShiftDirection::down;
}

/// The place along an axis whose value comes to `place`.
constexpr std::size_t shift_origin(std::size_t place, std::size_t extent, ShiftDirection direction,
                                   ShiftSource source) {
  if (direction == ShiftDirection::down) return std::min(place + 1, extent - 1);
  if (source == ShiftSource::in_place) return 0;
  return place == 0 ? 0 : place - 1;
}

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
