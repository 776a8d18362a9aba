#pragma once

#include "headscope/layers/captures.hpp"
#include "headscope/layers/state_dict.hpp"
#include "support/cases.hpp"

namespace headscope::test {

/// Each runs a golden case if it is one of its operations, and says whether it was.
bool run_vision_case(const Case& golden);
bool run_historic_case(const Case& golden);
bool run_transformer_case(const Case& golden);

/// All inputs of a case that have a name such as "mlp1.weight".
StateDict state_dict_of(const Case& golden);

/// Compares what was captured with the outputs of those names.
void expect_captured(const Captures& captures, const Case& golden);

}  // namespace headscope::test
