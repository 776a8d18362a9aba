#include <emscripten/bind.h>

#include "historic_calls.hpp"
#include "initialisation_calls.hpp"
#include "layer_calls.hpp"
#include "transformer_calls.hpp"
#include "vision_calls.hpp"

// Registers what the build with all layers has beside bindings.cpp.
EMSCRIPTEN_BINDINGS(headscope_layers) {
  using emscripten::function;
  using namespace headscope::bindings;

  function("_createStateDict", &create_state_dict);
  function("_stateDictAdd", &state_dict_add);
  function("_createCaptures", &create_captures);
  function("_captured", &captured);
  function("_spatialShift", &spatial_shift);
  function("_createSplitAttention", &create_split_attention);
  function("_splitAttention", &split_attention);
  function("_createS2Attention", &create_s2_attention);
  function("_s2Attention", &s2_attention);
  function("_additiveAttention", &additive_attention);
  function("_multiplicativeAttention", &multiplicative_attention);
  function("_linearAttention", &linear_attention);
  function("_initialise", &initialise);
  function("_layerNorm", &layer_norm);
  function("_createTransformerEncoder", &create_transformer_encoder);
  function("_transformerEncoderForward", &transformer_encoder_forward);
  function("_createTransformer", &create_transformer);
  function("_transformerEncode", &transformer_encode);
  function("_transformerDecode", &transformer_decode);
  function("_createTransformerDecoding", &create_transformer_decoding);
  function("_transformerStep", &transformer_step);
  function("_transformerReorder", &transformer_reorder);
  function("_greedySearch", &greedy_search);
  function("_beamSearch", &beam_search);
}
