#include "convert.hpp"
#include "headscope/attention/alibi.hpp"
#include "headscope/attention/rotary_embedding.hpp"
#include "headscope/attention/sinusoidal_positions.hpp"

namespace headscope::bindings {

emscripten::val sinusoidal_positions(Address address) {
  const auto& call = block<SinusoidalPositionsCall>(address);
  headscope::sinusoidal_positions(result<2>(call.output, {to_size(call.length), to_size(call.dim)}));
  return to_js({});
}

emscripten::val rotary_embedding(Address address) {
  const auto& call = block<RotaryEmbeddingCall>(address);
  RotaryOptions options{.dim = to_size(call.dim),
                        .interleaved = call.interleaved != 0,
                        .base = call.base,
                        .offset = to_size(call.offset),
                        .positions = optional_input<2, std::int32_t>(call.positions)};
  if (call.cosines.data != 0) {
    options.tables = RotaryTables{.cosines = input<3>(call.cosines),
                                  .sines = input<3>(call.sines),
                                  .for_positions = call.tables_for_positions != 0};
  }
  return to_js(
      headscope::rotary_embedding(heads_input(call.x), options, heads_result(call.output, extents<4>(call.x), call.x)));
}

emscripten::val alibi_slopes(Address address) {
  const auto& call = block<AlibiSlopesCall>(address);
  const std::size_t heads = to_size(call.heads);
  for (std::size_t head = 0; head < heads; ++head) pointer<float>(call.output)[head] = alibi_slope(head, heads);
  return to_js({});
}

}  // namespace headscope::bindings
