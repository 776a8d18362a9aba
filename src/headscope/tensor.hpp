#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <xtensor/xadapt.hpp>

#include "headscope/status.hpp"

namespace headscope {

template <std::size_t N>
using Extents = std::array<std::size_t, N>;

/// Steps between neighbours along each axis, in elements.
template <std::size_t N>
using Strides = std::array<std::ptrdiff_t, N>;

/// An N-dimensional xtensor view over memory that the caller owns. Copying a view copies no element; its strides
/// may be anything, so that a transpose or the heads of a row are views as well.
template <class T, std::size_t N>
using TensorView = decltype(xt::adapt(std::declval<T*>(), std::size_t(), xt::no_ownership(),
                                      std::declval<const Extents<N>&>(), std::declval<const Strides<N>&>()));

/// The number of elements of a shape, or nothing where the bytes of that many T cannot be addressed.
template <class T>
std::optional<std::size_t> element_count(std::span<const std::size_t> shape) {
  // A dimension of zero makes the tensor empty however large the others are.
  for (const std::size_t extent : shape) {
    if (extent == 0) return 0;
  }
  constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T);
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent > most / count) return std::nullopt;
    count *= extent;
  }
  return count;
}

/// A view of `shape` in which element (i, j, ...) is data[i * strides[0] + j * strides[1] + ...].
/// The shape must have been checked with element_count.
template <class T, std::size_t N>
TensorView<T, N> view_of(T* data, const Extents<N>& shape, const Strides<N>& strides) {
  std::size_t size = 1;
  for (const std::size_t extent : shape) size *= extent;
  return xt::adapt(std::move(data), size, xt::no_ownership(), shape, strides);
}

/// A row-major view.
template <class T, std::size_t N>
TensorView<T, N> view_of(T* data, const Extents<N>& shape) {
  Strides<N> strides;
  std::ptrdiff_t step = 1;
  for (std::size_t axis = N; axis-- > 0;) {
    strides[axis] = step;
    step *= static_cast<std::ptrdiff_t>(shape[axis]);
  }
  return view_of(data, shape, strides);
}

/// "(2, 3, 4)", for messages.
std::string shape_text(std::span<const std::size_t> shape);

template <class View>
std::string shape_text_of(const View& view) {
  return shape_text(std::span(view.shape().data(), view.shape().size()));
}

}  // namespace headscope
