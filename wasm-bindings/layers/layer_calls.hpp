#pragma once

#include "../calls.hpp"

/// The calls of the build with all layers, beside those of calls.hpp.
namespace headscope::bindings {

/// Text is a tensor of bytes, UTF-8.
using TextFields = TensorFields;

struct CreateStateDictCall {
  double handle;
};
emscripten::val create_state_dict(Address call);

/// Keeps a copy of the tensor.
struct StateDictAddCall {
  double handle;
  TextFields name;
  TensorFields tensor;
  double rank;  ///< how many of its dimensions there are
};
emscripten::val state_dict_add(Address call);

struct CreateCapturesCall {
  double handle;
  TextFields wanted;  ///< names, one on each line
};
emscripten::val create_captures(Address call);

struct CapturedCall {
  double handle;
  double index;
  double count;  ///< answer: how many there are; without an entry of that index the rest is left as it is
  double name;   ///< answer: where its bytes are
  double name_length;
  double rank;
  double shape[5];
  double data;
};
emscripten::val captured(Address call);

}  // namespace headscope::bindings
