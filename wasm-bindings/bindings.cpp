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
  function("_createKeyValueCache", &create_key_value_cache);
  function("_cacheSizes", &cache_sizes);
  function("_cacheAppend", &cache_append);
  function("_cacheAttend", &cache_attend);
  function("_cacheClear", &cache_clear);
  function("_createAttentionSession", &create_attention_session);
  function("_sessionRow", &session_row);
  function("_sessionTile", &session_tile);
  function("_sessionTopK", &session_top_k);
  function("_sessionStatistics", &session_statistics);
  function("_destroy", &destroy);
}
