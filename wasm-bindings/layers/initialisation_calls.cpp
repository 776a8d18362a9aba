#include "initialisation_calls.hpp"

#include <cstdint>
#include <vector>

#include "headscope/layers/initialisation.hpp"
#include "layer_handles.hpp"

namespace headscope::bindings {

emscripten::val initialise(Address address) {
  const auto& call = block<InitialiseCall>(address);
  std::vector<std::size_t> shape;
  for (std::size_t axis = 0; axis < to_size(call.rank); ++axis) shape.push_back(to_size(call.shape[axis]));
  return to_js(headscope::initialise(to_text(call.name), shape,
                                     {.scheme = static_cast<InitialisationScheme>(call.scheme),
                                      .seed = static_cast<std::uint32_t>(call.seed),
                                      .gain = to_scale(call.gain),
                                      .mean = static_cast<float>(call.mean),
                                      .standard_deviation = static_cast<float>(call.standard_deviation)},
                                     pointer<float>(call.output)));
}

}  // namespace headscope::bindings
