#include "headscope/layers/token_embedding.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/feed_forward.hpp"

namespace headscope {

Result<TokenEmbedding> TokenEmbedding::create(const Parameters& parameters, std::size_t dim) {
  const auto weight = parameters.find<2>("embedding.weight");
  if (!weight) return std::unexpected(weight.error());
  const std::size_t vocabulary = weight->shape()[0];
  if (auto fits = expect_shape(parameters.name("embedding.weight"), *weight, Extents<2>{vocabulary, dim}); !fits) {
    return std::unexpected(fits.error());
  }
  auto scaled = kernels::allocate_floats(vocabulary * dim);
  if (!scaled) return std::unexpected(scaled.error());
  const float factor = std::sqrt(static_cast<float>(dim));
  std::transform(weight->data(), weight->data() + vocabulary * dim, scaled->get(),
                 [&](float element) { return element * factor; });
  return TokenEmbedding(vocabulary, dim, std::move(*scaled));
}

Result<void> TokenEmbedding::forward(std::string_view argument, const TensorView<const std::int32_t, 2>& tokens,
                                     std::size_t first_position, float* output, const CaptureScope& captures) const {
  const auto [batch, length] = Extents<2>{tokens.shape()};
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t i = 0; i < length; ++i) {
      const std::int32_t token = tokens(b, i);
      if (token >= 0 && static_cast<std::size_t>(token) < vocabulary_) continue;
      return refuse(StatusCode::InvalidArgument, argument,
                    "tokens below " + std::to_string(vocabulary_) + ", the size of the vocabulary",
                    std::to_string(token) + " at " + shape_text(Extents<2>{b, i}));
    }
  }
  auto positions = kernels::allocate_floats(length * dim_);
  if (!positions) return std::unexpected(positions.error());
  sinusoidal_positions(view_of<float, 2>(positions->get(), {length, dim_}), first_position);
  float* to = output;
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t i = 0; i < length; ++i) {
      to = std::copy_n(scaled_.get() + static_cast<std::size_t>(tokens(b, i)) * dim_, dim_, to);
    }
  }
  if (auto kept = captures.keep("embedding", Extents<3>{batch, length, dim_}, output); !kept) return kept;
  const std::size_t element = length * dim_;
  for (std::size_t b = 0; b < batch; ++b) add_to(positions->get(), element, output + b * element);
  return {};
}

}  // namespace headscope
