#include <optional>

#include <gtest/gtest.h>

#include "headscope/layers/additive_attention.hpp"
#include "headscope/layers/linear_attention.hpp"
#include "headscope/layers/multiplicative_attention.hpp"
#include "support/attention_case.hpp"
#include "support/golden_layers.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// Where a case of one head puts its results.
struct Outcome {
  explicit Outcome(const Case& golden)
      : output(extents_of<3>(golden.outputs.at("output")), -77),
        weights(extents_of<3>(golden.outputs.at("weights")), -77),
        scores(weights.shape(), -77) {}

  SingleHeadResults results() {
    return {.output = output.result(), .weights = weights.result(), .scores = scores.result()};
  }

  void compare(const Case& golden) const {
    expect_close(output, golden.outputs.at("output").values, "output");
    expect_close(weights, golden.outputs.at("weights").values, "weights");
    expect_close(scores, golden.outputs.at("scores").values, "scores");
  }

  Values<3> output;
  Values<3> weights;
  Values<3> scores;
};

/// (Lq, Lk) for all, or (B, Lq, Lk).
SingleHeadOptions options_of(const Case& golden) {
  SingleHeadOptions options{.causal = golden.attributes.value("causal", false)};
  const CaseTensor* const mask = golden.find("mask");
  if (mask == nullptr) return options;
  const auto [batch, queries, keys] = extents_of<3>(*mask);
  if (mask->dtype == "bool") {
    options.mask = BooleanMask{view_of<const std::uint8_t, 4>(mask->bytes.data(), {batch, 1, queries, keys})};
  } else {
    options.mask = AdditiveMask{view_of<const float, 4>(mask->values.data(), {batch, 1, queries, keys})};
  }
  return options;
}

void additive_attention(const Case& golden) {
  const auto linear = [&](const std::string& name) {
    LinearParameters parameters{.weight = view<2>(golden.inputs.at(name + ".weight"))};
    if (const CaseTensor* const bias = golden.find(name + ".bias")) parameters.bias = view<1>(*bias);
    return parameters;
  };
  Outcome outcome(golden);
  ASSERT_TRUE(headscope::additive_attention(
      view<3>(golden.inputs.at("query")), view<3>(golden.inputs.at("key")), view<3>(golden.inputs.at("value")),
      {.query = linear("W_q"), .key = linear("W_k"), .score = linear("w_v")}, options_of(golden), outcome.results()));
  outcome.compare(golden);
}

void multiplicative_attention(const Case& golden) {
  std::optional<TensorView<const float, 2>> weight;
  if (const CaseTensor* const general = golden.find("W_a.weight")) weight = view<2>(*general);
  Outcome outcome(golden);
  ASSERT_TRUE(headscope::multiplicative_attention(view<3>(golden.inputs.at("query")), view<3>(golden.inputs.at("key")),
                                                  view<3>(golden.inputs.at("value")), weight, options_of(golden),
                                                  outcome.results()));
  outcome.compare(golden);
}

void linear_attention(const Case& golden) {
  const auto query = view<4>(golden.inputs.at("query"));
  const auto key = view<4>(golden.inputs.at("key"));
  Values<4> output(extents_of<4>(golden.outputs.at("output")), -77);
  Values<4> weights({query.shape()[0], query.shape()[1], query.shape()[2], key.shape()[2]}, -77);
  ASSERT_TRUE(headscope::linear_attention(query, key, view<4>(golden.inputs.at("value")),
                                          golden.attributes.value("causal", false),
                                          {.output = output.result(), .weights = weights.result()}));
  expect_close(output, golden.outputs.at("output").values, "output");
  if (golden.outputs.contains("weights")) expect_close(weights, golden.outputs.at("weights").values, "weights");
}

}  // namespace

bool run_historic_case(const Case& golden) {
  if (golden.op == "additive_attention") return additive_attention(golden), true;
  if (golden.op == "multiplicative_attention") return multiplicative_attention(golden), true;
  if (golden.op == "linear_attention") return linear_attention(golden), true;
  return false;
}

}  // namespace headscope::test
