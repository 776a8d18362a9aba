#pragma once

#include "layer_calls.hpp"

/// The calls of the Transformer, and of layer normalisation.
namespace headscope::bindings {

/// Tokens (B, L) of int32, or vectors (B, L, dim).
struct SequenceFields {
  TensorFields tensor;
  double is_tokens;
};

struct MaskFields {
  TensorFields mask;  ///< may be missing
  double is_boolean;
};

struct ConfigurationFields {
  double heads;
  double norm_first;
  double activation;  ///< as in Activation
  double epsilon;
};

struct LayerNormCall {
  TensorFields x;       ///< (n, dim)
  TensorFields weight;  ///< (dim), may be missing
  TensorFields bias;    ///< (dim), may be missing
  double epsilon;
  double output;  ///< (n, dim)
};
emscripten::val layer_norm(Address call);

struct CreateTransformerEncoderCall {
  double handle;
  double state_dict;
  TextFields prefix;
  ConfigurationFields configuration;
  double dim;     ///< answer
  double layers;  ///< answer
};
emscripten::val create_transformer_encoder(Address call);

struct TransformerEncoderForwardCall {
  double handle;
  double captures;
  TensorFields x;      ///< (B, L, dim)
  MaskFields mask;     ///< broadcasts to (B, heads, L, L)
  MaskFields padding;  ///< (B, L)
  double causal;
  double output;  ///< (B, L, dim)
};
emscripten::val transformer_encoder_forward(Address call);

struct CreateTransformerCall {
  double handle;
  double state_dict;
  ConfigurationFields configuration;
  double max_length;  ///< -1 for none
  // Answers:
  double dim;
  double source_vocabulary;
  double target_vocabulary;
  double output_dim;
  double has_generator;
  double encoder_layers;
  double decoder_layers;
};
emscripten::val create_transformer(Address call);

struct TransformerEncodeCall {
  double handle;
  double captures;
  SequenceFields source;
  MaskFields mask;     ///< broadcasts to (B, heads, Ls, Ls)
  MaskFields padding;  ///< (B, Ls)
  double memory;       ///< (B, Ls, dim)
};
emscripten::val transformer_encode(Address call);

struct TransformerDecodeCall {
  double handle;
  double captures;
  SequenceFields target;
  TensorFields memory;        ///< (B, Ls, dim)
  MaskFields source_padding;  ///< (B, Ls)
  MaskFields mask;            ///< broadcasts to (B, heads, Lt, Lt)
  MaskFields padding;         ///< (B, Lt)
  double causal;
  double output;  ///< (B, Lt, output dim)
};
emscripten::val transformer_decode(Address call);

struct CreateTransformerDecodingCall {
  double handle;
  double model;
  TensorFields memory;  ///< (B, Ls, dim), or of batch 1 for all
  MaskFields padding;   ///< (B, Ls)
  double batch;
};
emscripten::val create_transformer_decoding(Address call);

struct TransformerStepCall {
  double handle;
  double captures;
  SequenceFields tokens;  ///< (B, n) or (B, n, dim)
  double output;          ///< (B, n, output dim)
};
emscripten::val transformer_step(Address call);

struct TransformerReorderCall {
  double handle;
  TensorFields sources;  ///< (B), int32
};
emscripten::val transformer_reorder(Address call);

struct SearchFields {
  double model;
  SequenceFields source;
  MaskFields padding;  ///< (B, Ls)
  double start;
  double end;
  double max_length;
};

struct GreedySearchCall {
  SearchFields search;
  double tokens;  ///< (B, max length), int32, filled up with -1
};
emscripten::val greedy_search(Address call);

struct BeamSearchCall {
  SearchFields search;
  double width;
  double length_penalty;
  double tokens;  ///< (B, width, max length), int32, filled up with -1
  double scores;  ///< (B, width); NaN where there are fewer hypotheses
};
emscripten::val beam_search(Address call);

}  // namespace headscope::bindings
