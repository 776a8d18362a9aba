#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/state_dict.hpp"
#include "support/cases.hpp"
#include "support/tensors.hpp"

namespace headscope::test {

/// Each runs a golden case if it is one of its operations, and says whether it was.
bool run_vision_case(const Case& golden);
bool run_historic_case(const Case& golden);
bool run_transformer_case(const Case& golden);

/// All inputs of a case that have a name such as "mlp1.weight".
inline StateDict state_dict_of(const Case& golden) {
  StateDict state_dict;
  for (const auto& [name, tensor] : golden.inputs) {
    if (name.find('.') != std::string::npos) {
      EXPECT_TRUE(state_dict.add(name, tensor.shape, tensor.values.data())) << name;
    }
  }
  return state_dict;
}

/// Compares what was captured with the outputs of those names.
inline void expect_captured(const Captures& captures, const Case& golden) {
  for (const auto& entry : captures.entries()) {
    const auto expected = golden.outputs.find(entry.name);
    if (expected == golden.outputs.end()) continue;
    EXPECT_EQ(entry.shape, expected->second.shape) << entry.name;
    const std::vector<float> got(entry.data.get(), entry.data.get() + product(entry.shape));
    expect_close(got, expected->second.values, entry.name);
  }
}

}  // namespace headscope::test
