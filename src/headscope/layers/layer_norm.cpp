#include "headscope/layers/layer_norm.hpp"

#include <algorithm>
#include <utility>

#include "headscope/expect.hpp"
#include "headscope/kernels/layer_norm.hpp"

namespace headscope {
namespace {

/// (dim) in `to`: the values, or the same number everywhere.
Result<void> copy_or_fill(const std::string& name, const std::optional<TensorView<const float, 1>>& values,
                          float otherwise, std::size_t dim, float* to) {
  if (!values) {
    std::fill_n(to, dim, otherwise);
    return {};
  }
  if (auto fits = expect_shape(name, *values, Extents<1>{dim}); !fits) return fits;
  for (std::size_t c = 0; c < dim; ++c) to[c] = (*values)(c);
  return {};
}

}  // namespace

Result<LayerNorm> LayerNorm::create(const std::string& prefix, std::size_t dim, const LayerNormParameters& parameters,
                                    float epsilon) {
  if (auto fits = expect_finite("epsilon", epsilon); !fits) return std::unexpected(fits.error());
  if (epsilon < 0) {
    return refuse(StatusCode::InvalidArgument, "epsilon", "a number from 0 up", "a negative one");
  }
  const auto size = element_count<float>(Extents<2>{2, dim});
  if (!size) return refuse(StatusCode::TooLarge, prefix + "weight", "addressable memory", std::to_string(dim));
  auto affine = kernels::allocate_floats(*size);
  if (!affine) return std::unexpected(affine.error());
  auto done = copy_or_fill(prefix + "weight", parameters.weight, 1, dim, affine->get());
  if (done) done = copy_or_fill(prefix + "bias", parameters.bias, 0, dim, affine->get() + dim);
  if (!done) return std::unexpected(done.error());
  return LayerNorm(dim, epsilon, std::move(*affine));
}

Result<LayerNorm> LayerNorm::create(const Parameters& parameters, std::size_t dim, float epsilon) {
  const auto weight = parameters.find<1>("weight");
  if (!weight) return std::unexpected(weight.error());
  LayerNormParameters own{.weight = *weight};
  if (parameters.contains("bias")) {
    const auto bias = parameters.find<1>("bias");
    if (!bias) return std::unexpected(bias.error());
    own.bias = *bias;
  }
  return create(parameters.name(""), dim, own, epsilon);
}

void LayerNorm::forward(const float* x, std::size_t rows, float* y) const {
  const kernels::Affine affine{.weight = affine_.get(), .bias = affine_.get() + dim_};
  for (std::size_t row = 0; row < rows; ++row) {
    kernels::layer_norm_row<xsimd::default_arch>(x + row * dim_, dim_, epsilon_, affine, y + row * dim_);
  }
}

Result<void> LayerNorm::forward(const TensorView<const float, 2>& x, TensorView<float, 2> y) const {
  const std::size_t rows = x.shape()[0];
  const Extents<2> shape{rows, dim_};
  if (auto fits = first_failure(expect_shape("x", x, shape), expect_shape("output", y, shape),
                                expect_adjacent_elements("x", x), expect_adjacent_elements("output", y));
      !fits) {
    return fits;
  }
  const kernels::Affine affine{.weight = affine_.get(), .bias = affine_.get() + dim_};
  for (std::size_t row = 0; row < rows; ++row) {
    const auto at = static_cast<std::ptrdiff_t>(row);
    kernels::layer_norm_row<xsimd::default_arch>(x.data() + at * x.strides()[0], dim_, epsilon_, affine,
                                                 y.data() + at * y.strides()[0]);
  }
  return {};
}

}  // namespace headscope
