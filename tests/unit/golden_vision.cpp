#include <algorithm>

#include <gtest/gtest.h>

#include "headscope/layers/s2_attention.hpp"
#include "headscope/layers/spatial_shift.hpp"
#include "headscope/layers/split_attention.hpp"
#include "support/attention_case.hpp"
#include "support/golden_layers.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

ShiftSource source_of(const Case& golden) {
  return golden.attributes.value("inPlace", false) ? ShiftSource::in_place : ShiftSource::unmodified;
}

void spatial_shift(const Case& golden) {
  const auto x = view<4>(golden.inputs.at("x"));
  Values<4> y(x.shape(), -77);
  const auto shift = golden.attributes.at("shift") == 1 ? spatial_shift1 : spatial_shift2;
  ASSERT_TRUE(shift(x, source_of(golden), y.result()));
  EXPECT_TRUE(std::ranges::equal(y, golden.outputs.at("output").values));
}

void split_attention(const Case& golden) {
  const StateDict state_dict = state_dict_of(golden);
  const auto layer = SplitAttention::create(Parameters(state_dict));
  ASSERT_TRUE(layer);
  const auto& x = golden.inputs.at("x");
  EXPECT_EQ(layer->branches(), x.shape[1]);
  const std::size_t positions = x.shape[2] * x.shape[3];
  const std::size_t channels = x.shape[4];
  Values<3> output({x.shape[0], positions, channels}, -77);
  Captures captures({"*"});
  ASSERT_TRUE(layer->forward(view_of<const float, 4>(x.values.data(), {x.shape[0], x.shape[1], positions, channels}),
                             output.result(), CaptureScope(captures)));
  expect_close(output, golden.outputs.at("output").values, "output");
  ASSERT_EQ(captures.entries().size(), 1u);
  expect_captured(captures, golden);
}

void s2_attention(const Case& golden) {
  const StateDict state_dict = state_dict_of(golden);
  const auto layer = S2Attention::create(Parameters(state_dict));
  ASSERT_TRUE(layer);
  const auto x = view<4>(golden.inputs.at("x"));
  Values<4> output(x.shape(), -77);
  Captures captures({"*"});
  ASSERT_TRUE(layer->forward(x, source_of(golden), output.result(), CaptureScope(captures)));
  expect_close(output, golden.outputs.at("output").values, "output");
  ASSERT_EQ(captures.entries().size(), 6u);
  expect_captured(captures, golden);

  Captures none;
  Values<4> again(x.shape(), -77);
  ASSERT_TRUE(layer->forward(x, source_of(golden), again.result(), CaptureScope(none)));
  EXPECT_TRUE(std::ranges::equal(output, again));
  EXPECT_TRUE(none.entries().empty());
}

}  // namespace

bool run_vision_case(const Case& golden) {
  if (golden.op == "spatial_shift") return spatial_shift(golden), true;
  if (golden.op == "split_attention") return split_attention(golden), true;
  if (golden.op == "s2_attention") return s2_attention(golden), true;
  return false;
}

}  // namespace headscope::test
