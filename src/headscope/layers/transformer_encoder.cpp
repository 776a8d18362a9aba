#include "headscope/layers/transformer_encoder.hpp"

#include <string>
#include <utility>

#include "headscope/expect.hpp"
#include "headscope/layers/torch_multihead_attention.hpp"

namespace headscope {

Result<TransformerEncoderLayer> TransformerEncoderLayer::create(const Parameters& parameters, std::size_t dim,
                                                                const TransformerConfiguration& configuration) {
  auto attention = torch_multihead_attention(parameters.of("self_attn"), configuration.heads, dim);
  if (!attention) return std::unexpected(attention.error());
  auto feed_forward = FeedForward::create(parameters, dim, configuration.activation);
  if (!feed_forward) return std::unexpected(feed_forward.error());
  auto norm1 = LayerNorm::create(parameters.of("norm1"), dim, configuration.epsilon);
  if (!norm1) return std::unexpected(norm1.error());
  auto norm2 = LayerNorm::create(parameters.of("norm2"), dim, configuration.epsilon);
  if (!norm2) return std::unexpected(norm2.error());
  return TransformerEncoderLayer(configuration.norm_first, std::move(*attention), std::move(*feed_forward),
                                 std::move(*norm1), std::move(*norm2));
}

Result<void> TransformerEncoderLayer::forward(Stream x, const MultiHeadAttentionOptions& options,
                                              const CaptureScope& captures) const {
  auto done =
      add_sublayer(x, {.norm = norm1_, .name = "norm1"}, norm_first_, captures,
                   [&](const TensorView<const float, 3>& input, float* output) -> Result<void> {
                     const auto keys = attention_.project(input, input);
                     if (!keys) return std::unexpected(keys.error());
                     return attend_and_capture(attention_, input, *keys, options, output, captures.of("self_attn"));
                   });
  if (done) {
    done = add_sublayer(x, {.norm = norm2_, .name = "norm2"}, norm_first_, captures,
                        [&](const TensorView<const float, 3>& input, float* output) {
                          return feed_forward_.forward(input, output, captures);
                        });
  }
  if (done) done = captures.keep("output", x.shape(), x.data);
  return done;
}

Result<std::optional<LayerNorm>> optional_layer_norm(const Parameters& parameters, std::size_t dim, float epsilon) {
  if (!parameters.contains("weight")) return std::nullopt;
  auto norm = LayerNorm::create(parameters, dim, epsilon);
  if (!norm) return std::unexpected(norm.error());
  return std::optional<LayerNorm>(std::move(*norm));
}

Result<std::size_t> stack_dim(const Parameters& parameters) {
  const auto weight = parameters.find<2>("layers.0.self_attn.in_proj_weight");
  if (!weight) return std::unexpected(weight.error());
  return weight->shape()[1];
}

Result<Stream> stream_into(std::string_view argument, const TensorView<const float, 3>& x, std::size_t dim,
                           TensorView<float, 3>& output) {
  const auto [batch, length, given_dim] = Extents<3>{x.shape()};
  const Extents<3> shape{batch, length, dim};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, argument, "addressable memory", shape_text(shape));
  if (length == 0) return refuse(StatusCode::InvalidShape, argument, "sequences of at least 1", shape_text_of(x));
  if (auto fits = first_failure(expect_shape(argument, x, shape), expect_shape("output", output, shape)); !fits) {
    return std::unexpected(fits.error());
  }
  float* to = output.data();
  if (x.data() != to) {
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t i = 0; i < length; ++i) {
        for (std::size_t c = 0; c < dim; ++c) *to++ = x(b, i, c);
      }
    }
  }
  return Stream{.data = output.data(), .batch = batch, .length = length, .dim = dim};
}

Result<TransformerEncoder> TransformerEncoder::create(const Parameters& parameters,
                                                      const TransformerConfiguration& configuration) {
  const auto dim = stack_dim(parameters);
  if (!dim) return std::unexpected(dim.error());
  const std::size_t count = parameters.list_size("layers");
  std::vector<TransformerEncoderLayer> layers;
  for (std::size_t i = 0; i < count; ++i) {
    auto layer = TransformerEncoderLayer::create(parameters.of("layers." + std::to_string(i)), *dim, configuration);
    if (!layer) return std::unexpected(layer.error());
    layers.push_back(std::move(*layer));
  }
  auto norm = optional_layer_norm(parameters.of("norm"), *dim, configuration.epsilon);
  if (!norm) return std::unexpected(norm.error());
  return TransformerEncoder(*dim, std::move(layers), std::move(*norm));
}

Result<void> TransformerEncoder::forward(const TensorView<const float, 3>& x, const MultiHeadAttentionOptions& options,
                                         TensorView<float, 3> output, const CaptureScope& captures) const {
  const auto stream = stream_into("x", x, dim_, output);
  if (!stream) return std::unexpected(stream.error());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto done = layers_[i].forward(*stream, options, captures.of("layers." + std::to_string(i)));
    if (!done) return done;
  }
  if (!norm_) return {};
  norm_->forward(stream->data, stream->batch * stream->length, stream->data);
  return captures.keep("norm", stream->shape(), stream->data);
}

}  // namespace headscope
