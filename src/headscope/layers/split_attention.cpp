#include "headscope/layers/split_attention.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "headscope/expect.hpp"
#include "headscope/kernels/activation.hpp"
#include "headscope/kernels/channel_sums.hpp"

namespace headscope {
namespace {

using Arch = xsimd::default_arch;

/// Weights below this are 0: they are lost beside the largest, and a processor takes a hundred times as long for
/// products that leave the normal numbers.
constexpr float least_weight = 0x1p-100f;

/// values (k, c) become their softmax over k.
void softmax_over_branches(float* values, std::size_t branches, std::size_t channels) {
  for (std::size_t c = 0; c < channels; ++c) {
    float* const column = values + c;
    float largest = column[0];
    for (std::size_t k = 1; k < branches; ++k) largest = std::max(largest, column[k * channels]);
    float sum = 0;
    for (std::size_t k = 0; k < branches; ++k) sum += column[k * channels] = std::exp(column[k * channels] - largest);
    for (std::size_t k = 0; k < branches; ++k) {
      float& weight = column[k * channels];
      weight = weight < least_weight ? 0 : weight / sum;
    }
  }
}

}  // namespace

Result<SplitAttention> SplitAttention::create(const Parameters& parameters) {
  auto mlp1 = parameters.linear("mlp1");
  if (!mlp1) return std::unexpected(mlp1.error());
  const std::size_t channels = mlp1->in();
  const auto shape = [](const Linear& linear) { return shape_text(Extents<2>{linear.out(), linear.in()}); };
  if (channels == 0 || mlp1->out() != channels) {
    return refuse(StatusCode::InvalidShape, parameters.name("mlp1.weight"), "shape (c, c) of at least one channel",
                  shape(*mlp1));
  }
  auto mlp2 = parameters.linear("mlp2", {}, channels);
  if (!mlp2) return std::unexpected(mlp2.error());
  if (mlp2->out() == 0 || mlp2->out() % channels != 0) {
    const std::string columns = std::to_string(channels);
    return refuse(StatusCode::InvalidShape, parameters.name("mlp2.weight"),
                  "shape (k " + columns + ", " + columns + ") of at least one branch", shape(*mlp2));
  }
  return SplitAttention(std::move(*mlp1), std::move(*mlp2));
}

Result<void> SplitAttention::weigh(const TensorView<const float, 2>& sums, TensorView<float, 3> weights) const {
  const std::size_t batch = sums.shape()[0];
  const std::size_t k = branches();
  const std::size_t c = channels();
  if (auto fits = first_failure(expect_shape("sums", sums, Extents<2>{batch, c}),
                                expect_shape("weights", weights, Extents<3>{batch, k, c}));
      !fits) {
    return fits;
  }
  auto hidden = kernels::allocate_floats(batch * c);
  if (!hidden) return std::unexpected(hidden.error());
  auto done = mlp1_.forward(sums, view_of<float, 2>(hidden->get(), {batch, c}));
  if (!done) return done;
  kernels::gelu<Arch>(hidden->get(), batch * c);
  done = mlp2_.forward(view_of<const float, 2>(hidden->get(), {batch, c}),
                       view_of<float, 2>(weights.data(), {batch, k * c}));
  for (std::size_t b = 0; done && b < batch; ++b) softmax_over_branches(weights.data() + b * k * c, k, c);
  return done;
}

Result<void> SplitAttention::forward(const TensorView<const float, 4>& x, TensorView<float, 3> output,
                                     const CaptureScope& captures) const {
  const std::size_t batch = x.shape()[0];
  const std::size_t positions = x.shape()[2];
  const std::size_t k = branches();
  const std::size_t c = channels();
  if (auto fits = first_failure(expect_shape("x", x, Extents<4>{batch, k, positions, c}),
                                expect_shape("output", output, Extents<3>{batch, positions, c}));
      !fits) {
    return fits;
  }
  const auto size = element_count<float>(Extents<3>{batch, 1 + k, c});
  if (!size) return refuse(StatusCode::TooLarge, "x", "a batch that memory can address", shape_text_of(x));
  auto buffer = kernels::allocate_floats(*size);
  if (!buffer) return std::unexpected(buffer.error());
  float* const sums = buffer->get();
  float* const weights = sums + batch * c;
  std::fill_n(sums, batch * c, 0.0f);
  for (std::size_t b = 0; b < batch; ++b) {
    kernels::add_rows<Arch>(x.data() + b * k * positions * c, k * positions, c, sums + b * c);
  }
  auto done = weigh(view_of<const float, 2>(sums, {batch, c}), view_of<float, 3>(weights, {batch, k, c}));
  if (!done) return done;
  for (std::size_t b = 0; b < batch; ++b) {
    kernels::weigh_branches<Arch>(x.data() + b * k * positions * c, weights + b * k * c, k, positions, c,
                                  output.data() + b * positions * c);
  }
  return captures.keep("weights", Extents<3>{batch, k, c}, weights);
}

}  // namespace headscope
