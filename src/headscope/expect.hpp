#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "headscope/tensor.hpp"

namespace headscope {

/// The checks of the public boundary. Each names the argument, what it should have been and what it was.
template <class View, std::size_t N>
Result<void> expect_shape(std::string argument, const View& view, const Extents<N>& shape) {
  for (std::size_t axis = 0; axis < N; ++axis) {
    if (view.shape()[axis] != shape[axis]) {
      return refuse(StatusCode::InvalidShape, std::move(argument), "shape " + shape_text(shape), shape_text_of(view));
    }
  }
  return {};
}

/// Every extent is that of `shape`, or 1.
template <class View, std::size_t N>
Result<void> expect_broadcastable(std::string argument, const View& view, const Extents<N>& shape) {
  for (std::size_t axis = 0; axis < N; ++axis) {
    if (view.shape()[axis] != shape[axis] && view.shape()[axis] != 1) {
      return refuse(StatusCode::InvalidShape, std::move(argument), "a shape that broadcasts to " + shape_text(shape),
                    shape_text_of(view));
    }
  }
  return {};
}

/// Not given, or neither NaN nor infinite.
inline Result<void> expect_finite(std::string argument, const std::optional<float>& number) {
  if (!number || std::isfinite(*number)) return {};
  return refuse(StatusCode::InvalidArgument, std::move(argument), "a finite number",
                std::isnan(*number) ? "NaN" : "an infinity");
}

/// Elements of the last axis lie side by side.
template <class View>
Result<void> expect_adjacent_elements(std::string argument, const View& view) {
  if (view.shape().back() > 1 && view.strides().back() != 1) {
    return refuse(StatusCode::InvalidArgument, std::move(argument), "adjacent elements in the last axis",
                  "a step of " + std::to_string(view.strides().back()));
  }
  return {};
}

/// The first of several checks that failed.
template <class... Checks>
Result<void> first_failure(Checks&&... checks) {
  Result<void> outcome;
  const auto keep = [&](Result<void>&& check) {
    if (outcome && !check) outcome = std::move(check);
  };
  (keep(std::forward<Checks>(checks)), ...);
  return outcome;
}

}  // namespace headscope
