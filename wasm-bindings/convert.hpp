#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include <emscripten/val.h>

#include "calls.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

/// Call blocks to the core's views, and its refusals back.
namespace headscope::bindings {

/// The block at an address.
template <class Call>
Call& block(Address address) {
  static_assert(std::is_aggregate_v<Call> && sizeof(Call) % sizeof(double) == 0 && alignof(Call) == alignof(double));
  return *reinterpret_cast<Call*>(address);
}

/// null, or an object with code, argument, expected and got.
emscripten::val to_js(const Result<void>& result);

inline std::size_t to_size(double number) { return static_cast<std::size_t>(number); }

template <class T>
T* pointer(double address) {
  return reinterpret_cast<T*>(to_size(address));
}

/// The last N extents of a tensor's shape.
template <std::size_t N>
Extents<N> extents(const TensorFields& tensor) {
  Extents<N> shape;
  for (std::size_t axis = 0; axis < N; ++axis) shape[axis] = to_size(tensor.shape[4 - N + axis]);
  return shape;
}

/// A view of an argument's last N dimensions, row-major.
template <std::size_t N, class T = float>
TensorView<const T, N> input(const TensorFields& tensor) {
  return view_of<const T, N>(pointer<const T>(tensor.data), extents<N>(tensor));
}

/// The same where the argument may be missing.
template <std::size_t N, class T = float>
std::optional<TensorView<const T, N>> optional_input(const TensorFields& tensor) {
  if (tensor.data == 0) return std::nullopt;
  return input<N, T>(tensor);
}

/// A view (B, H, L, D) of the heads of an argument, wherever they lie.
TensorView<const float, 4> heads_input(const TensorFields& tensor);

/// A view of the room that JavaScript has reserved for a result.
template <std::size_t N>
TensorView<float, N> result(double address, const Extents<N>& shape) {
  return view_of<float, N>(pointer<float>(address), shape);
}

/// The same where the result is not wanted if its address is 0.
template <std::size_t N>
std::optional<TensorView<float, N>> optional_result(double address, const Extents<N>& shape) {
  if (address == 0) return std::nullopt;
  return result<N>(address, shape);
}

/// A result (B, H, L, D) whose heads lie as those of the query do.
TensorView<float, 4> heads_result(double address, const Extents<4>& shape, const TensorFields& query);

LinearParameters to_linear(const LinearFields& linear);
std::optional<LinearParameters> to_optional_linear(const LinearFields& linear);

/// NaN stands for "not given".
inline std::optional<float> to_scale(double scale) {
  return std::isnan(scale) ? std::nullopt : std::optional(static_cast<float>(scale));
}

}  // namespace headscope::bindings
