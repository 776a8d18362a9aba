#pragma once

#include <string_view>

#include "../handle.hpp"
#include "headscope/layers/captures.hpp"
#include "headscope/layers/state_dict.hpp"
#include "layer_calls.hpp"

/// State dicts and captures as JavaScript holds them.
namespace headscope::bindings {

inline std::string_view to_text(const TextFields& text) {
  return {pointer<const char>(text.data), to_size(text.shape[3])};
}

inline const StateDict& held_state_dict(double handle) { return held<StateDict>(handle); }

/// Those that nobody wants where the handle is 0.
CaptureScope held_captures(double handle);

}  // namespace headscope::bindings
