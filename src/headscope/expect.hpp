#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "headscope/tensor.hpp"

namespace headscope {

// The checks of the public boundary. Each names the argument, what it should have been and what it was.

Result<void> expect_same_shape(std::string_view argument, std::span<const std::size_t> shape,
                               std::span<const std::size_t> expected);

/// Every extent is that of `target`, or 1.
Result<void> expect_shape_broadcasts(std::string_view argument, std::span<const std::size_t> shape,
                                     std::span<const std::size_t> target);

/// The last axis' elements lie side by side.
Result<void> expect_last_step(std::string_view argument, std::size_t extent, std::ptrdiff_t step);

/// Not given, or neither NaN nor infinite.
Result<void> expect_finite(std::string_view argument, const std::optional<float>& number);

template <class View, std::size_t N>
Result<void> expect_shape(std::string_view argument, const View& view, const Extents<N>& shape) {
  return expect_same_shape(argument, view.shape(), shape);
}

template <class View, std::size_t N>
Result<void> expect_broadcastable(std::string_view argument, const View& view, const Extents<N>& shape) {
  return expect_shape_broadcasts(argument, view.shape(), shape);
}

template <class View>
Result<void> expect_adjacent_elements(std::string_view argument, const View& view) {
  return expect_last_step(argument, view.shape().back(), view.strides().back());
}

/// Keeps the first of several refusals.
void keep_first(Result<void>& kept, Result<void>&& next);

/// The first of several checks that failed.
template <class... Checks>
Result<void> first_failure(Checks&&... checks) {
  Result<void> outcome;
  (keep_first(outcome, std::forward<Checks>(checks)), ...);
  return outcome;
}

}  // namespace headscope
