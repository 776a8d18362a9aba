#include "headscope/layers/feed_forward.hpp"

#include <utility>

#include "headscope/kernels/activation.hpp"

namespace headscope {

void activate(Activation activation, float* x, std::size_t count) {
  switch (activation) {
    case Activation::relu:
      return kernels::relu<xsimd::default_arch>(x, count);
    case Activation::gelu:
      return kernels::gelu<xsimd::default_arch>(x, count);
  }
}

void add_to(const float* x, std::size_t count, float* y) { kernels::add<xsimd::default_arch>(x, count, y); }

Result<FeedForward> FeedForward::create(const Parameters& parameters, std::size_t dim, Activation activation) {
  auto linear1 = parameters.linear("linear1", std::nullopt, dim);
  if (!linear1) return std::unexpected(linear1.error());
  auto linear2 = parameters.linear("linear2", dim, linear1->out());
  if (!linear2) return std::unexpected(linear2.error());
  return FeedForward(std::move(*linear1), std::move(*linear2), activation);
}

Result<void> FeedForward::forward(const TensorView<const float, 3>& x, float* y, const CaptureScope& captures) const {
  const auto [batch, length, dim] = Extents<3>{x.shape()};
  const std::size_t rows = batch * length;
  const Extents<3> hidden_shape{batch, length, hidden_dim()};
  const auto size = element_count<float>(hidden_shape);
  if (!size) return refuse(StatusCode::TooLarge, "x", "hidden states that memory can address", shape_text_of(x));
  auto hidden = kernels::allocate_floats(*size);
  if (!hidden) return std::unexpected(hidden.error());
  const Extents<2> hidden_rows{rows, hidden_dim()};
  auto done =
      linear1_.forward(view_of<const float, 2>(x.data(), {rows, dim}), view_of<float, 2>(hidden->get(), hidden_rows));
  if (done) done = captures.keep("linear1", hidden_shape, hidden->get());
  if (!done) return done;
  activate(activation_, hidden->get(), *size);
  done = captures.keep("activation", hidden_shape, hidden->get());
  if (done) {
    done = linear2_.forward(view_of<const float, 2>(hidden->get(), hidden_rows), view_of<float, 2>(y, {rows, dim}));
  }
  if (done) done = captures.keep("linear2", Extents<3>{batch, length, dim}, y);
  return done;
}

}  // namespace headscope
