#include <emscripten/bind.h>

#include "layer_calls.hpp"

// Registers what the build with all layers has beside bindings.cpp.
EMSCRIPTEN_BINDINGS(headscope_layers) {
  using emscripten::function;
  using namespace headscope::bindings;

  function("_createStateDict", &create_state_dict);
  function("_stateDictAdd", &state_dict_add);
  function("_createCaptures", &create_captures);
  function("_captured", &captured);
}
