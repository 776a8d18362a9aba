#include "transformer_calls.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../score_options.hpp"
#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/transformer.hpp"
#include "headscope/layers/transformer_decoding.hpp"
#include "headscope/layers/transformer_encoder.hpp"
#include "layer_handles.hpp"

namespace headscope::bindings {
namespace {

/// A decoding goes on when JavaScript has disposed of its model.
using SharedTransformer = std::shared_ptr<const Transformer>;

struct SharedDecoding {
  SharedTransformer model;
  TransformerDecoding decoding;
};

TransformerConfiguration to_configuration(const ConfigurationFields& fields) {
  return {.heads = to_size(fields.heads),
          .norm_first = fields.norm_first != 0,
          .activation = static_cast<Activation>(to_size(fields.activation)),
          .epsilon = static_cast<float>(fields.epsilon)};
}

Sequence to_sequence(const SequenceFields& fields) {
  if (fields.is_tokens != 0) return input<2, std::int32_t>(fields.tensor);
  return input<3>(fields.tensor);
}

/// How long a sequence is, and of how many.
Extents<2> batch_and_length(const SequenceFields& fields) { return sequence_shape(to_sequence(fields)); }

Mask to_mask(const MaskFields& fields) { return to_mask(fields.mask, fields.is_boolean); }

KeyPaddingMask to_padding(const MaskFields& fields) {
  if (fields.mask.data == 0) return {};
  if (fields.is_boolean != 0) return input<2, std::uint8_t>(fields.mask);
  return input<2>(fields.mask);
}

SearchOptions to_search_options(const SearchFields& fields) {
  return {.start = static_cast<std::int32_t>(fields.start),
          .end = static_cast<std::int32_t>(fields.end),
          .max_length = to_size(fields.max_length)};
}

void write_tokens(const std::vector<std::int32_t>& tokens, std::int32_t* row, std::size_t length) {
  std::fill_n(std::ranges::copy(tokens, row).out, length - tokens.size(), -1);
}

}  // namespace

emscripten::val layer_norm(Address address) {
  const auto& call = block<LayerNormCall>(address);
  const auto [rows, dim] = extents<2>(call.x);
  const auto layer =
      LayerNorm::create("", dim, {.weight = optional_input<1>(call.weight), .bias = optional_input<1>(call.bias)},
                        static_cast<float>(call.epsilon));
  if (!layer) return to_js(std::unexpected(layer.error()));
  return to_js(layer->forward(input<2>(call.x), result<2>(call.output, {rows, dim})));
}

emscripten::val create_transformer_encoder(Address address) {
  auto& call = block<CreateTransformerEncoderCall>(address);
  const Parameters parameters(held_state_dict(call.state_dict), std::string(to_text(call.prefix)));
  auto encoder = TransformerEncoder::create(parameters, to_configuration(call.configuration));
  if (encoder) {
    call.dim = static_cast<double>(encoder->dim());
    call.layers = static_cast<double>(encoder->layers());
  }
  return hand_over(std::move(encoder), call.handle);
}

emscripten::val transformer_encoder_forward(Address address) {
  const auto& call = block<TransformerEncoderForwardCall>(address);
  const MultiHeadAttentionOptions options{
      .causal = call.causal != 0, .mask = to_mask(call.mask), .key_padding_mask = to_padding(call.padding)};
  return to_js(held<TransformerEncoder>(call.handle)
                   .forward(input<3>(call.x), options, result<3>(call.output, extents<3>(call.x)),
                            held_captures(call.captures)));
}

emscripten::val create_transformer(Address address) {
  auto& call = block<CreateTransformerCall>(address);
  const auto max_length = to_bound(call.max_length);
  auto model = Transformer::create(held_state_dict(call.state_dict), to_configuration(call.configuration), max_length);
  if (!model) return to_js(std::unexpected(model.error()));
  call.dim = static_cast<double>(model->dim());
  call.source_vocabulary = static_cast<double>(model->source_vocabulary());
  call.target_vocabulary = static_cast<double>(model->target_vocabulary());
  call.output_dim = static_cast<double>(model->output_dim());
  call.has_generator = model->has_generator() ? 1 : 0;
  call.encoder_layers = static_cast<double>(model->encoder().layers());
  call.decoder_layers = static_cast<double>(model->decoder().layers());
  return hand_over(Result<SharedTransformer>(std::make_shared<const Transformer>(std::move(*model))), call.handle);
}

emscripten::val transformer_encode(Address address) {
  const auto& call = block<TransformerEncodeCall>(address);
  const Transformer& model = *held<SharedTransformer>(call.handle);
  const auto [batch, length] = batch_and_length(call.source);
  return to_js(model.encode(to_sequence(call.source),
                            {.source = to_mask(call.mask), .source_padding = to_padding(call.padding)},
                            result<3>(call.memory, {batch, length, model.dim()}), held_captures(call.captures)));
}

emscripten::val transformer_decode(Address address) {
  const auto& call = block<TransformerDecodeCall>(address);
  const Transformer& model = *held<SharedTransformer>(call.handle);
  const auto [batch, length] = batch_and_length(call.target);
  const TransformerMasks masks{.source_padding = to_padding(call.source_padding),
                               .target_causal = call.causal != 0,
                               .target = to_mask(call.mask),
                               .target_padding = to_padding(call.padding)};
  return to_js(model.decode(to_sequence(call.target), input<3>(call.memory), masks,
                            result<3>(call.output, {batch, length, model.output_dim()}), held_captures(call.captures)));
}

emscripten::val create_transformer_decoding(Address address) {
  auto& call = block<CreateTransformerDecodingCall>(address);
  const SharedTransformer& model = held<SharedTransformer>(call.model);
  auto decoding =
      TransformerDecoding::create(*model, input<3>(call.memory), to_padding(call.padding), to_size(call.batch));
  if (!decoding) return to_js(std::unexpected(decoding.error()));
  return hand_over(Result<SharedDecoding>(SharedDecoding{.model = model, .decoding = std::move(*decoding)}),
                   call.handle);
}

emscripten::val transformer_step(Address address) {
  const auto& call = block<TransformerStepCall>(address);
  auto& [model, decoding] = held<SharedDecoding>(call.handle);
  const auto [batch, count] = batch_and_length(call.tokens);
  return to_js(decoding.step(to_sequence(call.tokens), result<3>(call.output, {batch, count, model->output_dim()}),
                             held_captures(call.captures)));
}

emscripten::val transformer_reorder(Address address) {
  const auto& call = block<TransformerReorderCall>(address);
  const auto given = input<1, std::int32_t>(call.sources);
  std::vector<std::size_t> sources;
  for (const std::int32_t source : given) sources.push_back(static_cast<std::size_t>(source));
  return to_js(held<SharedDecoding>(call.handle).decoding.reorder(sources));
}

emscripten::val greedy_search(Address address) {
  const auto& call = block<GreedySearchCall>(address);
  const SearchOptions options = to_search_options(call.search);
  const auto found = greedy_search(*held<SharedTransformer>(call.search.model), to_sequence(call.search.source),
                                   to_padding(call.search.padding), options);
  if (!found) return to_js(std::unexpected(found.error()));
  auto* row = pointer<std::int32_t>(call.tokens);
  for (const auto& tokens : *found) {
    write_tokens(tokens, row, options.max_length);
    row += options.max_length;
  }
  return to_js({});
}

emscripten::val beam_search(Address address) {
  const auto& call = block<BeamSearchCall>(address);
  const SearchOptions options = to_search_options(call.search);
  const std::size_t width = to_size(call.width);
  const auto found = beam_search(*held<SharedTransformer>(call.search.model), to_sequence(call.search.source),
                                 to_padding(call.search.padding), options,
                                 {.width = width, .length_penalty = static_cast<float>(call.length_penalty)});
  if (!found) return to_js(std::unexpected(found.error()));
  auto* row = pointer<std::int32_t>(call.tokens);
  auto* score = pointer<float>(call.scores);
  for (const auto& hypotheses : *found) {
    for (std::size_t w = 0; w < width; ++w) {
      const bool found_so_many = w < hypotheses.size();
      write_tokens(found_so_many ? hypotheses[w].tokens : std::vector<std::int32_t>(), row, options.max_length);
      *score++ = found_so_many ? hypotheses[w].score : std::numeric_limits<float>::quiet_NaN();
      row += options.max_length;
    }
  }
  return to_js({});
}

}  // namespace headscope::bindings
