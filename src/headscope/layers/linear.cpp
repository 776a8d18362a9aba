#include "headscope/layers/linear.hpp"

#include <algorithm>

#include "headscope/expect.hpp"
#include "headscope/kernels/matrix_product.hpp"

namespace headscope {
namespace {

kernels::Matrix matrix_of(const TensorView<const float, 2>& view) {
  return {.data = view.data(),
          .rows = view.shape()[0],
          .columns = view.shape()[1],
          .row_stride = static_cast<std::size_t>(view.strides()[0]),
          .column_stride = static_cast<std::size_t>(view.strides()[1])};
}

}  // namespace

Result<Linear> Linear::create(const std::string& prefix, const LinearParameters& parameters) {
  const std::size_t out = parameters.weight.shape()[0];
  const std::size_t in = parameters.weight.shape()[1];
  if (parameters.bias) {
    if (auto fits = expect_shape(prefix + "bias", *parameters.bias, Extents<1>{out}); !fits) {
      return std::unexpected(fits.error());
    }
  }
  const std::size_t padded_out = kernels::round_up(out, kernels::panel_rows);
  const auto size = element_count<float>(Extents<2>{padded_out, in + 1});
  if (!size)
    return refuse(StatusCode::TooLarge, prefix + "weight", "addressable memory", shape_text_of(parameters.weight));
  auto packed = kernels::allocate_floats(*size + kernels::packed_overhang<xsimd::default_arch>);
  if (!packed) return std::unexpected(packed.error());
  kernels::pack_panels<xsimd::default_arch>(matrix_of(parameters.weight), packed->get());
  float* const bias = packed->get() + padded_out * in;
  std::fill_n(bias, padded_out, 0.0f);
  if (parameters.bias) {
    for (std::size_t o = 0; o < out; ++o) bias[o] = (*parameters.bias)(o);
  }
  return Linear(in, out, std::move(*packed));
}

kernels::PackedWeights Linear::packed() const {
  return {.panels = packed_.get(),
          .bias = packed_.get() + kernels::round_up(out_, kernels::panel_rows) * in_,
          .in = in_,
          .out = out_};
}

Result<void> Linear::forward(const TensorView<const float, 2>& x, TensorView<float, 2> y, float factor) const {
  const std::size_t rows = x.shape()[0];
  if (auto fits =
          first_failure(expect_shape("x", x, Extents<2>{rows, in_}), expect_shape("output", y, Extents<2>{rows, out_}),
                        expect_adjacent_elements("output", y));
      !fits) {
    return fits;
  }
  auto workspace = kernels::allocate_floats(kernels::matrix_product_workspace<xsimd::default_arch>(rows, in_));
  if (!workspace) return std::unexpected(workspace.error());
  kernels::matrix_product<xsimd::default_arch>(matrix_of(x), factor, packed(), y.data(),
                                               static_cast<std::size_t>(y.strides()[0]), workspace->get());
  return {};
}

}  // namespace headscope
