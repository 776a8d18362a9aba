#include "headscope/expect.hpp"

#include <string>

namespace headscope {

Result<void> expect_same_shape(std::string_view argument, std::span<const std::size_t> shape,
                               std::span<const std::size_t> expected) {
  for (std::size_t axis = 0; axis < expected.size(); ++axis) {
    if (shape[axis] != expected[axis]) {
      return refuse(StatusCode::InvalidShape, argument, "shape " + shape_text(expected), shape_text(shape));
    }
  }
  return {};
}

Result<void> expect_shape_broadcasts(std::string_view argument, std::span<const std::size_t> shape,
                                     std::span<const std::size_t> target) {
  for (std::size_t axis = 0; axis < target.size(); ++axis) {
    if (shape[axis] != target[axis] && shape[axis] != 1) {
      return refuse(StatusCode::InvalidShape, argument, "a shape that broadcasts to " + shape_text(target),
                    shape_text(shape));
    }
  }
  return {};
}

Result<void> expect_last_step(std::string_view argument, std::size_t extent, std::ptrdiff_t step) {
  if (extent <= 1 || step == 1) return {};
  return refuse(StatusCode::InvalidArgument, argument, "adjacent elements in the last axis",
                "a step of " + std::to_string(step));
}

Result<void> expect_finite(std::string_view argument, const std::optional<float>& number) {
  if (!number || std::isfinite(*number)) return {};
  return refuse(StatusCode::InvalidArgument, argument, "a finite number", std::isnan(*number) ? "NaN" : "an infinity");
}

void keep_first(Result<void>& kept, Result<void>&& next) {
  if (kept && !next) kept = std::move(next);
}

}  // namespace headscope
