#include "headscope/layers/transformer_decoder.hpp"

#include <string>
#include <utility>

#include "headscope/expect.hpp"
#include "headscope/layers/torch_multihead_attention.hpp"
#include "headscope/layers/transformer_encoder.hpp"

namespace headscope {

Result<TransformerDecoderLayer> TransformerDecoderLayer::create(const Parameters& parameters, std::size_t dim,
                                                                const TransformerConfiguration& configuration) {
  auto self_attention = torch_multihead_attention(parameters.of("self_attn"), configuration.heads, dim);
  if (!self_attention) return std::unexpected(self_attention.error());
  auto memory_attention = torch_multihead_attention(parameters.of("multihead_attn"), configuration.heads, dim);
  if (!memory_attention) return std::unexpected(memory_attention.error());
  auto feed_forward = FeedForward::create(parameters, dim, configuration.activation);
  if (!feed_forward) return std::unexpected(feed_forward.error());
  auto norm1 = LayerNorm::create(parameters.of("norm1"), dim, configuration.epsilon);
  if (!norm1) return std::unexpected(norm1.error());
  auto norm2 = LayerNorm::create(parameters.of("norm2"), dim, configuration.epsilon);
  if (!norm2) return std::unexpected(norm2.error());
  auto norm3 = LayerNorm::create(parameters.of("norm3"), dim, configuration.epsilon);
  if (!norm3) return std::unexpected(norm3.error());
  return TransformerDecoderLayer(configuration.norm_first, std::move(*self_attention), std::move(*memory_attention),
                                 std::move(*feed_forward),
                                 {.norm1 = std::move(*norm1), .norm2 = std::move(*norm2), .norm3 = std::move(*norm3)});
}

template <class Attend>
Result<void> TransformerDecoderLayer::run(Stream x, const ProjectedKeys& memory,
                                          const MultiHeadAttentionOptions& memory_options, const CaptureScope& captures,
                                          Attend&& attend_to_self) const {
  auto done = add_sublayer(x, {.norm = norms_.norm1, .name = "norm1"}, norm_first_, captures, attend_to_self);
  if (done) {
    done = add_sublayer(x, {.norm = norms_.norm2, .name = "norm2"}, norm_first_, captures,
                        [&](const TensorView<const float, 3>& input, float* output) {
                          return attend_and_capture(memory_attention_, input, memory, memory_options, output,
                                                    captures.of("multihead_attn"));
                        });
  }
  if (done) {
    done = add_sublayer(x, {.norm = norms_.norm3, .name = "norm3"}, norm_first_, captures,
                        [&](const TensorView<const float, 3>& input, float* output) {
                          return feed_forward_.forward(input, output, captures);
                        });
  }
  if (done) done = captures.keep("output", x.shape(), x.data);
  return done;
}

Result<void> TransformerDecoderLayer::forward(Stream x, const TensorView<const float, 3>& memory,
                                              const MultiHeadAttentionOptions& self_options,
                                              const MultiHeadAttentionOptions& memory_options,
                                              const CaptureScope& captures) const {
  const auto memory_keys = memory_attention_.project(memory, memory);
  if (!memory_keys) return std::unexpected(memory_keys.error());
  return run(x, *memory_keys, memory_options, captures,
             [&](const TensorView<const float, 3>& input, float* output) -> Result<void> {
               const auto keys = self_attention_.project(input, input);
               if (!keys) return std::unexpected(keys.error());
               return attend_and_capture(self_attention_, input, *keys, self_options, output, captures.of("self_attn"));
             });
}

Result<DecoderLayerState> TransformerDecoderLayer::start(const TensorView<const float, 3>& memory,
                                                         std::size_t batch) const {
  auto cache = KeyValueCache::create({.batch = batch,
                                      .kv_heads = self_attention_.heads(),
                                      .depth = self_attention_.head_dim(),
                                      .value_depth = self_attention_.value_head_dim()},
                                     std::nullopt);
  if (!cache) return std::unexpected(cache.error());
  auto keys = memory_attention_.project(memory, memory);
  if (!keys) return std::unexpected(keys.error());
  return DecoderLayerState{.tokens = std::move(*cache), .memory = std::move(*keys)};
}

Result<void> TransformerDecoderLayer::step(Stream x, DecoderLayerState& state,
                                           const MultiHeadAttentionOptions& memory_options,
                                           const CaptureScope& captures) const {
  return run(x, state.memory, memory_options, captures, [&](const TensorView<const float, 3>& input, float* output) {
    return attend_and_capture(self_attention_, input, state.tokens, output, captures.of("self_attn"));
  });
}

Result<TransformerDecoder> TransformerDecoder::create(const Parameters& parameters,
                                                      const TransformerConfiguration& configuration) {
  const auto dim = stack_dim(parameters);
  if (!dim) return std::unexpected(dim.error());
  const std::size_t count = parameters.list_size("layers");
  std::vector<TransformerDecoderLayer> layers;
  for (std::size_t i = 0; i < count; ++i) {
    auto layer = TransformerDecoderLayer::create(parameters.of("layers." + std::to_string(i)), *dim, configuration);
    if (!layer) return std::unexpected(layer.error());
    layers.push_back(std::move(*layer));
  }
  auto norm = optional_layer_norm(parameters.of("norm"), *dim, configuration.epsilon);
  if (!norm) return std::unexpected(norm.error());
  return TransformerDecoder(*dim, std::move(layers), std::move(*norm));
}

template <class RunLayer>
Result<void> TransformerDecoder::run(const TensorView<const float, 3>& x, TensorView<float, 3> output,
                                     const CaptureScope& captures, RunLayer&& layer) const {
  const auto stream = stream_into("x", x, dim_, output);
  if (!stream) return std::unexpected(stream.error());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto done = layer(i, *stream, captures.of("layers." + std::to_string(i)));
    if (!done) return done;
  }
  if (!norm_) return {};
  norm_->forward(stream->data, stream->batch * stream->length, stream->data);
  return captures.keep("norm", stream->shape(), stream->data);
}

Result<void> TransformerDecoder::forward(const TensorView<const float, 3>& x, const TensorView<const float, 3>& memory,
                                         const MultiHeadAttentionOptions& self_options,
                                         const MultiHeadAttentionOptions& memory_options, TensorView<float, 3> output,
                                         const CaptureScope& captures) const {
  const std::size_t batch = x.shape()[0];
  if (auto fits = expect_shape("memory", memory, Extents<3>{batch, memory.shape()[1], dim_}); !fits) return fits;
  return run(x, output, captures, [&](std::size_t i, Stream stream, const CaptureScope& scope) {
    return layers_[i].forward(stream, memory, self_options, memory_options, scope);
  });
}

Result<TransformerDecoder::State> TransformerDecoder::start(const TensorView<const float, 3>& memory,
                                                            std::size_t batch) const {
  const auto [memories, length, dim] = Extents<3>{memory.shape()};
  if (auto fits = expect_shape("memory", memory, Extents<3>{memories == 1 ? 1 : batch, length, dim_}); !fits) {
    return std::unexpected(fits.error());
  }
  if (length == 0) {
    return refuse(StatusCode::InvalidShape, "memory", "sequences of at least 1", shape_text_of(memory));
  }
  State state;
  for (const TransformerDecoderLayer& layer : layers_) {
    auto layer_state = layer.start(memory, batch);
    if (!layer_state) return std::unexpected(layer_state.error());
    state.push_back(std::move(*layer_state));
  }
  return state;
}

Result<void> TransformerDecoder::step(const TensorView<const float, 3>& x, State& state,
                                      const MultiHeadAttentionOptions& memory_options, TensorView<float, 3> output,
                                      const CaptureScope& captures) const {
  return run(x, output, captures, [&](std::size_t i, Stream stream, const CaptureScope& scope) {
    return layers_[i].step(stream, state[i], memory_options, scope);
  });
}

}  // namespace headscope
