#include <emscripten/bind.h>

#include "calls.hpp"

// Registers what JavaScript may call, and nothing else. Names that start with _ are private to wasm-bindings/js.
EMSCRIPTEN_BINDINGS(headscope) {
  using emscripten::function;
  using namespace headscope::bindings;

  function("_attention", &attention);
  function("_selfAttentionSteps", &self_attention_steps);
  function("_sinusoidalPositions", &sinusoidal_positions);
  function("_rotaryEmbedding", &rotary_embedding);
  function("_alibiSlopes", &alibi_slopes);
  function("_linear", &linear);
  function("_createMultiHeadAttention", &create_multi_head_attention);
  function("_createPatchAttention", &create_patch_attention);
  function("_forward", &forward);
  function("_destroy", &destroy);
}
