#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <emscripten/val.h>

#include "headscope/attention/options.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

/// JavaScript values to the core's views, and its refusals back. JavaScript has copied the tensors into the heap
/// before.
namespace headscope::bindings {

/// A row-major tensor in the heap; data 0 stands for "none". Numbers are doubles, as JavaScript has them.
struct TensorRef {
  double data = 0;
  std::array<double, 4> shape{};

  explicit operator bool() const { return data != 0; }
};

struct LinearRef {
  TensorRef weight;
  TensorRef bias;
};

/// How a mask's bytes are read.
enum MaskKind : int { mask_none = 0, mask_boolean = 1, mask_additive = 2 };

/// null, or an object with code, argument, expected and got.
emscripten::val to_js(const Result<void>& result);

template <class T>
T* pointer(double address) {
  return reinterpret_cast<T*>(static_cast<std::uintptr_t>(address));
}

/// For messages about sizes; printing any double would cost a tenth of the module.
std::string number_text(double number);

/// The last N extents of a tensor's shape.
template <std::size_t N>
Extents<N> extents(const TensorRef& tensor) {
  Extents<N> shape;
  for (std::size_t axis = 0; axis < N; ++axis) shape[axis] = static_cast<std::size_t>(tensor.shape[4 - N + axis]);
  return shape;
}

/// A shape that memory can address.
Result<void> expect_addressable(const char* argument, std::span<const std::size_t> shape);

/// At most `rank` dimensions, of whole sizes, that memory can address. To be checked before input() is called.
Result<void> expect_tensor(const char* argument, const TensorRef& tensor, std::size_t rank);

/// A view of an argument, the last N of its dimensions.
template <std::size_t N, class T = float>
TensorView<const T, N> input(const TensorRef& tensor) {
  return view_of<const T, N>(pointer<const T>(tensor.data), extents<N>(tensor));
}

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

/// `prefix` stands before "weight" and "bias" in messages.
Result<void> expect_linear(const std::string& prefix, const LinearRef& linear);
LinearParameters to_linear(const LinearRef& linear);

Result<void> expect_mask(const TensorRef& mask, int kind);
Mask to_mask(const TensorRef& mask, int kind);

/// NaN stands for "not given".
inline std::optional<float> to_scale(double scale) {
  return std::isnan(scale) ? std::nullopt : std::optional(static_cast<float>(scale));
}

}  // namespace headscope::bindings
