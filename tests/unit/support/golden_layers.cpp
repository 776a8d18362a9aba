#include "support/golden_layers.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace headscope::test {

StateDict state_dict_of(const Case& golden) {
  StateDict state_dict;
  for (const auto& [name, tensor] : golden.inputs) {
    if (name.find('.') != std::string::npos) {
      EXPECT_TRUE(state_dict.add(name, tensor.shape, tensor.values.data())) << name;
    }
  }
  return state_dict;
}

void expect_captured(const Captures& captures, const Case& golden) {
  for (const auto& entry : captures.entries()) {
    const auto expected = golden.outputs.find(entry.name);
    if (expected == golden.outputs.end()) continue;
    EXPECT_EQ(entry.shape, expected->second.shape) << entry.name;
    const std::vector<float> got(entry.data.get(), entry.data.get() + product(entry.shape));
    expect_close(got, expected->second.values, entry.name);
  }
}

}  // namespace headscope::test
