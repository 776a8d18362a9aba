#include "headscope/layers/transformer.hpp"

#include <string>
#include <utility>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

Result<std::optional<TokenEmbedding>> optional_embedding(const Parameters& parameters, std::size_t dim) {
  if (!parameters.contains("embedding.weight")) return std::nullopt;
  auto embedding = TokenEmbedding::create(parameters, dim);
  if (!embedding) return std::unexpected(embedding.error());
  return std::optional<TokenEmbedding>(std::move(*embedding));
}

Result<void> expect_mask(std::string_view argument, const Mask& mask, const Extents<4>& scores) {
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) {
    return expect_broadcastable(argument, boolean->allowed, scores);
  }
  if (const auto* additive = std::get_if<AdditiveMask>(&mask)) {
    return expect_broadcastable(argument, additive->bias, scores);
  }
  return {};
}

Result<void> expect_padding(std::string_view argument, const KeyPaddingMask& padding, const Extents<2>& keys) {
  if (const auto* ignored = std::get_if<1>(&padding)) return expect_shape(argument, *ignored, keys);
  if (const auto* bias = std::get_if<2>(&padding)) return expect_shape(argument, *bias, keys);
  return {};
}

}  // namespace

Extents<2> sequence_shape(const Sequence& sequence) {
  return std::visit([](const auto& view) { return Extents<2>{view.shape()[0], view.shape()[1]}; }, sequence);
}

Result<Transformer> Transformer::create(const StateDict& tensors, const TransformerConfiguration& configuration,
                                        std::optional<std::size_t> max_length) {
  const Parameters all(tensors);
  const Parameters own = all.list_size("transformer.encoder.layers") > 0 ? all.of("transformer") : all;
  auto encoder = TransformerEncoder::create(own.of("encoder"), configuration);
  if (!encoder) return std::unexpected(encoder.error());
  auto decoder = TransformerDecoder::create(own.of("decoder"), configuration);
  if (!decoder) return std::unexpected(decoder.error());
  const std::size_t dim = encoder->dim();
  if (decoder->dim() != dim) {
    return refuse(StatusCode::InvalidShape, own.name("decoder.layers.0.self_attn.in_proj_weight"),
                  "the encoder's " + std::to_string(dim) + " columns", std::to_string(decoder->dim()));
  }
  Transformer model(configuration.heads, std::move(*encoder), std::move(*decoder), max_length);
  auto source = optional_embedding(all.of("src_tok_emb"), dim);
  if (!source) return std::unexpected(source.error());
  model.source_embedding_ = std::move(*source);
  auto target = optional_embedding(all.of("tgt_tok_emb"), dim);
  if (!target) return std::unexpected(target.error());
  model.target_embedding_ = std::move(*target);
  if (all.contains("generator.weight")) {
    auto generator = all.linear("generator", std::nullopt, dim);
    if (!generator) return std::unexpected(generator.error());
    model.generator_ = std::move(*generator);
  }
  return model;
}

Result<kernels::Buffer> Transformer::embed(std::string_view argument, const std::optional<TokenEmbedding>& embedding,
                                           const Sequence& sequence, std::size_t first_position,
                                           const CaptureScope& captures) const {
  const auto* const tokens = std::get_if<0>(&sequence);
  if ((tokens != nullptr) != embedding.has_value()) {
    return refuse(StatusCode::InvalidArgument, argument,
                  embedding ? "tokens, as there is an embedding" : "vectors, as there is no embedding",
                  embedding ? "vectors" : "tokens");
  }
  const auto [batch, length] = sequence_shape(sequence);
  if (length == 0) {
    return refuse(StatusCode::InvalidShape, argument, "sequences of at least 1", shape_text(Extents<2>{batch, length}));
  }
  if (max_length_ && first_position + length > *max_length_) {
    return refuse(StatusCode::InvalidShape, argument, "sequences of at most " + std::to_string(*max_length_),
                  std::to_string(first_position + length));
  }
  const Extents<3> shape{batch, length, dim()};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, argument, "addressable memory", shape_text(shape));
  auto stream = kernels::allocate_floats(*size);
  if (!stream) return stream;
  if (embedding && tokens != nullptr) {
    auto done = embedding->forward(argument, *tokens, first_position, stream->get(), captures);
    if (!done) return std::unexpected(done.error());
    return stream;
  }
  auto output = view_of<float, 3>(stream->get(), shape);
  const auto copied = stream_into(argument, std::get<1>(sequence), dim(), output);
  if (!copied) return std::unexpected(copied.error());
  return stream;
}

Result<void> Transformer::encode(const Sequence& source, const TransformerMasks& masks, TensorView<float, 3> memory,
                                 const CaptureScope& captures) const {
  const auto [batch, length] = sequence_shape(source);
  const Extents<3> shape{batch, length, dim()};
  if (auto fits = first_failure(expect_shape("memory", memory, shape),
                                expect_mask("sourceMask", masks.source, {batch, heads_, length, length}),
                                expect_padding("sourceKeyPaddingMask", masks.source_padding, {batch, length}));
      !fits) {
    return fits;
  }
  const auto stream = embed("source", source_embedding_, source, 0, captures.of("src_tok_emb"));
  if (!stream) return std::unexpected(stream.error());
  const CaptureScope own = captures.of("encoder");
  auto done = own.keep("input", shape, stream->get());
  if (done) {
    done = encoder_.forward(view_of<const float, 3>(stream->get(), shape),
                            {.mask = masks.source, .key_padding_mask = masks.source_padding}, memory, own);
  }
  if (done) done = own.keep("output", shape, memory.data());
  return done;
}

Result<kernels::Buffer> Transformer::embed_target(const Sequence& target, std::size_t first_position,
                                                  const CaptureScope& captures) const {
  auto stream = embed("target", target_embedding_, target, first_position, captures.of("tgt_tok_emb"));
  if (!stream) return stream;
  const auto [batch, length] = sequence_shape(target);
  auto kept = captures.of("decoder").keep("input", Extents<3>{batch, length, dim()}, stream->get());
  if (!kept) return std::unexpected(kept.error());
  return stream;
}

Result<void> Transformer::generate(const TensorView<const float, 2>& rows, TensorView<float, 2> output) const {
  if (generator_) return generator_->forward(rows, output);
  if (auto fits = expect_shape("output", output, Extents<2>{rows.shape()[0], dim()}); !fits) return fits;
  for (std::size_t i = 0; i < rows.shape()[0]; ++i) {
    for (std::size_t c = 0; c < dim(); ++c) output(i, c) = rows(i, c);
  }
  return {};
}

Result<void> Transformer::decode(const Sequence& target, const TensorView<const float, 3>& memory,
                                 const TransformerMasks& masks, TensorView<float, 3> output,
                                 const CaptureScope& captures) const {
  const auto [batch, length] = sequence_shape(target);
  if (auto fits =
          first_failure(expect_shape("output", output, Extents<3>{batch, length, output_dim()}),
                        expect_shape("memory", memory, Extents<3>{batch, memory.shape()[1], dim()}),
                        expect_mask("targetMask", masks.target, {batch, heads_, length, length}),
                        expect_padding("targetKeyPaddingMask", masks.target_padding, {batch, length}),
                        expect_padding("sourceKeyPaddingMask", masks.source_padding, {batch, memory.shape()[1]}));
      !fits) {
    return fits;
  }
  auto stream = embed_target(target, 0, captures);
  if (!stream) return std::unexpected(stream.error());
  const Extents<3> shape{batch, length, dim()};
  const CaptureScope own = captures.of("decoder");
  const auto x = view_of<float, 3>(stream->get(), shape);
  auto done =
      decoder_.forward(view_of<const float, 3>(stream->get(), shape), memory,
                       {.causal = masks.target_causal, .mask = masks.target, .key_padding_mask = masks.target_padding},
                       {.key_padding_mask = masks.source_padding}, x, own);
  if (done) done = own.keep("output", shape, stream->get());
  const std::size_t rows = batch * length;
  if (done) {
    done = generate(view_of<const float, 2>(stream->get(), {rows, dim()}),
                    view_of<float, 2>(output.data(), {rows, output_dim()}));
  }
  if (done && generator_) done = captures.keep("logits", output.shape(), output.data());
  return done;
}

Result<void> Transformer::forward(const Sequence& source, const Sequence& target, const TransformerMasks& masks,
                                  TensorView<float, 3> output, const CaptureScope& captures) const {
  const auto [batch, length] = sequence_shape(source);
  const auto targets = sequence_shape(target);
  if (targets[0] != batch) {
    return refuse(StatusCode::InvalidShape, "target", "a batch of " + std::to_string(batch) + ", as the source has",
                  std::to_string(targets[0]));
  }
  const Extents<3> shape{batch, length, dim()};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, "source", "addressable memory", shape_text(shape));
  auto memory = kernels::allocate_floats(*size);
  if (!memory) return std::unexpected(memory.error());
  if (auto done = encode(source, masks, view_of<float, 3>(memory->get(), shape), captures); !done) return done;
  return decode(target, view_of<const float, 3>(memory->get(), shape), masks, output, captures);
}

}  // namespace headscope
