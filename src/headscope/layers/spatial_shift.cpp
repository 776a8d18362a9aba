#include "headscope/layers/spatial_shift.hpp"

#include <algorithm>
#include <cstddef>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

/// The first two groups of channels move along axis `first`, the others along the other of 1 and 2.
Result<void> shift(const TensorView<const float, 4>& x, std::size_t first, ShiftSource source, TensorView<float, 4> y) {
  const auto shape = Extents<4>{x.shape()};
  auto fits =
      first_failure(expect_adjacent_elements("x", x), expect_shape("y", y, shape), expect_adjacent_elements("y", y));
  if (!fits) return fits;
  const auto [batch, width, height, channels] = shape;
  for (std::size_t group = 0; group < shift_groups; ++group) {
    const std::size_t begin = shift_group_begin(group, channels);
    const std::size_t count = shift_group_begin(group + 1, channels) - begin;
    if (count == 0) continue;
    const bool along_width = (group < 2) == (first == 1);
    const ShiftDirection direction = shift_direction(group);
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t i = 0; i < width; ++i) {
        const std::size_t from_i = along_width ? shift_origin(i, width, direction, source) : i;
        for (std::size_t j = 0; j < height; ++j) {
          const std::size_t from_j = along_width ? j : shift_origin(j, height, direction, source);
          std::copy_n(&x(b, from_i, from_j, begin), count, &y(b, i, j, begin));
        }
      }
    }
  }
  return {};
}

}  // namespace

Result<void> spatial_shift1(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> y) {
  return shift(x, 1, source, std::move(y));
}

Result<void> spatial_shift2(const TensorView<const float, 4>& x, ShiftSource source, TensorView<float, 4> y) {
  return shift(x, 2, source, std::move(y));
}

}  // namespace headscope
