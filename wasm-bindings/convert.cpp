#include "convert.hpp"

#include "headscope/layers/head_layout.hpp"

namespace headscope::bindings {
namespace {

template <class T>
TensorView<T, 4> heads_at(double address, const Extents<4>& shape, bool heads_in_rows) {
  T* const data = pointer<T>(address);
  const auto [batch, heads, length, head_dim] = shape;
  if (!heads_in_rows) return view_of<T, 4>(data, shape);
  return heads_view(data, {.batch = batch, .length = length, .heads = heads, .head_dim = head_dim});
}

}  // namespace

emscripten::val to_js(const Result<void>& result) {
  if (result) return emscripten::val::null();
  const Status& status = result.error();
  emscripten::val refusal = emscripten::val::object();
  refusal.set("code", std::string(status_code_name(status.code)));
  refusal.set("argument", status.argument);
  refusal.set("expected", status.expected);
  refusal.set("got", status.got);
  return refusal;
}

TensorView<const float, 4> heads_input(const TensorFields& tensor) {
  return heads_at<const float>(tensor.data, extents<4>(tensor), tensor.heads_in_rows != 0);
}

TensorView<float, 4> heads_result(double address, const Extents<4>& shape, const TensorFields& query) {
  return heads_at<float>(address, shape, query.heads_in_rows != 0);
}

LinearParameters to_linear(const LinearFields& linear) {
  return {.weight = input<2>(linear.weight), .bias = optional_input<1>(linear.bias)};
}

std::optional<LinearParameters> to_optional_linear(const LinearFields& linear) {
  if (linear.weight.data == 0) return std::nullopt;
  return to_linear(linear);
}

}  // namespace headscope::bindings
