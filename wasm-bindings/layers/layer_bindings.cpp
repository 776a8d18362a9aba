#include <emscripten/bind.h>

#include "historic_calls.hpp"
#include "initialisation_calls.hpp"
#include "layer_calls.hpp"
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
}
