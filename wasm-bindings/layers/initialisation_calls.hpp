#pragma once

#include "layer_calls.hpp"

namespace headscope::bindings {

struct InitialiseCall {
  TextFields name;
  double rank;
  double shape[8];
  double scheme;  ///< in the order of InitialisationScheme
  double seed;
  double gain;  ///< NaN for the scheme's own
  double mean;
  double standard_deviation;
  double output;
};
emscripten::val initialise(Address call);

}  // namespace headscope::bindings
