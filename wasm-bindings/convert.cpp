#include "convert.hpp"

#include "headscope/expect.hpp"

namespace headscope::bindings {

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

std::string number_text(double number) {
  if (std::abs(number) < 1e15 && std::trunc(number) == number) return std::to_string(static_cast<long long>(number));
  return "a number that is not whole";
}

Result<void> expect_addressable(const char* argument, std::span<const std::size_t> shape) {
  if (element_count<float>(shape)) return {};
  return refuse(StatusCode::TooLarge, argument, "a shape that memory can address", shape_text(shape));
}

Result<void> expect_tensor(const char* argument, const TensorRef& tensor, std::size_t rank) {
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const double extent = tensor.shape[axis];
    if (!(extent >= 0 && extent <= static_cast<double>(SIZE_MAX) && std::trunc(extent) == extent)) {
      return refuse(StatusCode::InvalidShape, argument, "dimensions that memory can address",
                    "a dimension of " + number_text(extent));
    }
    if (axis < 4 - rank && extent != 1) {
      return refuse(StatusCode::InvalidShape, argument, "at most " + std::to_string(rank) + " dimensions",
                    shape_text(extents<4>(tensor)));
    }
  }
  return expect_addressable(argument, extents<4>(tensor));
}

Result<void> expect_linear(const std::string& prefix, const LinearRef& linear) {
  return first_failure(expect_tensor((prefix + "weight").c_str(), linear.weight, 2),
                       expect_tensor((prefix + "bias").c_str(), linear.bias, 1));
}

LinearParameters to_linear(const LinearRef& linear) {
  LinearParameters parameters{.weight = input<2>(linear.weight)};
  if (linear.bias) parameters.bias = input<1>(linear.bias);
  return parameters;
}

Result<void> expect_mask(const TensorRef& mask, int kind) {
  return kind == mask_none ? Result<void>{} : expect_tensor("mask", mask, 4);
}

Mask to_mask(const TensorRef& mask, int kind) {
  if (kind == mask_boolean) return BooleanMask{input<4, std::uint8_t>(mask)};
  if (kind == mask_additive) return AdditiveMask{input<4>(mask)};
  return {};
}

}  // namespace headscope::bindings
