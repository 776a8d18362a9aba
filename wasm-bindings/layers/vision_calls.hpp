#pragma once

#include "layer_calls.hpp"

/// The calls of the layers that mix an image's positions.
namespace headscope::bindings {

struct SpatialShiftCall {
  TensorFields x;  ///< (b, w, h, c)
  double shift;    ///< 1 or 2
  double in_place;
  double output;  ///< as x
};
emscripten::val spatial_shift(Address call);

/// A layer of what stands behind the prefix in a state dict.
struct CreateFromStateDictCall {
  double handle;
  double state_dict;
  TextFields prefix;  ///< "" or with a dot at its end
};
emscripten::val create_split_attention(Address call);
emscripten::val create_s2_attention(Address call);

struct SplitAttentionCall {
  double handle;
  double captures;
  TensorFields x;  ///< (b, k, n, c)
  double output;   ///< (b, n, c)
};
emscripten::val split_attention(Address call);

struct S2AttentionCall {
  double handle;
  double captures;
  TensorFields x;  ///< (b, c, w, h)
  double in_place;
  double output;  ///< as x
};
emscripten::val s2_attention(Address call);

}  // namespace headscope::bindings
