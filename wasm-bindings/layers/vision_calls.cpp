#include "vision_calls.hpp"

#include <string>

#include "headscope/layers/s2_attention.hpp"
#include "headscope/layers/spatial_shift.hpp"
#include "headscope/layers/split_attention.hpp"
#include "layer_handles.hpp"

namespace headscope::bindings {
namespace {

ShiftSource to_source(double in_place) { return in_place != 0 ? ShiftSource::in_place : ShiftSource::unmodified; }

template <class Layer>
emscripten::val create(Address address) {
  auto& call = block<CreateFromStateDictCall>(address);
  const Parameters parameters(held_state_dict(call.state_dict), std::string(to_text(call.prefix)));
  return hand_over(Layer::create(parameters), call.handle);
}

}  // namespace

emscripten::val spatial_shift(Address address) {
  const auto& call = block<SpatialShiftCall>(address);
  const auto shift = call.shift == 1 ? spatial_shift1 : spatial_shift2;
  return to_js(shift(input<4>(call.x), to_source(call.in_place), result<4>(call.output, extents<4>(call.x))));
}

emscripten::val create_split_attention(Address address) { return create<SplitAttention>(address); }

emscripten::val create_s2_attention(Address address) { return create<S2Attention>(address); }

emscripten::val split_attention(Address address) {
  const auto& call = block<SplitAttentionCall>(address);
  const auto [batch, branches, positions, channels] = extents<4>(call.x);
  return to_js(held<SplitAttention>(call.handle)
                   .forward(input<4>(call.x), result<3>(call.output, {batch, positions, channels}),
                            held_captures(call.captures)));
}

emscripten::val s2_attention(Address address) {
  const auto& call = block<S2AttentionCall>(address);
  return to_js(held<S2Attention>(call.handle)
                   .forward(input<4>(call.x), to_source(call.in_place), result<4>(call.output, extents<4>(call.x)),
                            held_captures(call.captures)));
}

}  // namespace headscope::bindings
