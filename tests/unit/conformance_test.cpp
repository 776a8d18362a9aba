// The ONNX operators' own data, where it lies beside the project; without it there are no such tests.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/attention/rotary_embedding.hpp"
#include "support/attention_case.hpp"
#include "support/cases.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// ONNX's attributes and inputs in our terms. A query stands behind the past, or so that the last one meets the last
/// key that is no padding; a mask may end before the padding. The precision of the softmax is always ours.
AttentionCase from_onnx(const Case& recorded) {
  const auto& attributes = recorded.attributes;
  AttentionCase call{
      .query = recorded.find("Q"),
      .key = recorded.find("K"),
      .value = recorded.find("V"),
      .past_key = recorded.find("past_key"),
      .past_value = recorded.find("past_value"),
      .mask = recorded.find("attn_mask"),
      .key_lengths = recorded.find("nonpad_kv_seqlen"),
      .heads = attributes.value("q_num_heads", 0u),
      .kv_heads = attributes.value("kv_num_heads", 0u),
      .bottom_right = recorded.find("nonpad_kv_seqlen") != nullptr,
      .options = {.softcap = attributes.value("softcap", 0.0f), .causal = attributes.value("is_causal", 0) != 0}};
  if (attributes.contains("scale")) call.options.scale = attributes.at("scale").get<float>();
  const auto side = [&](const char* name) -> std::optional<std::size_t> {
    const int size = attributes.value(name, -1);
    return size < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(size));
  };
  call.options.window = {.left = side("left_window_size"), .right = side("right_window_size")};
  return call;
}

class OnnxAttention : public testing::TestWithParam<Case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnnxAttention);

TEST_P(OnnxAttention, GivesWhatOnnxGives) {
  const Case& recorded = GetParam();
  const AttentionCase call = from_onnx(recorded);
  const auto expect = [&](const std::vector<float>& got, const char* name) {
    if (!recorded.outputs.contains(name)) return;
    expect_within(got, recorded.outputs.at(name).values, name, recorded.tolerance->absolute,
                  recorded.tolerance->relative);
  };
  constexpr ScoreStage stages[] = {ScoreStage::scaled, ScoreStage::softcapped, ScoreStage::biased, ScoreStage::softmax};
  AttentionOutcome outcome;
  run(call, stages[recorded.attributes.value("qk_matmul_output_mode", 0)], false, outcome);
  expect(outcome.output, "Y");
  expect(outcome.scores, "qk_matmul_output");
  expect(outcome.present_key, "present_key");
  expect(outcome.present_value, "present_value");
  run(call, std::nullopt, true, outcome);
  expect(outcome.output, "Y");
}

class OnnxRotaryEmbedding : public testing::TestWithParam<Case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnnxRotaryEmbedding);

TEST_P(OnnxRotaryEmbedding, GivesWhatOnnxGives) {
  const Case& recorded = GetParam();
  const auto& attributes = recorded.attributes;
  const auto x = view_of_heads(*recorded.find("X"), attributes.value("num_heads", 0u));
  const std::size_t dim = attributes.value("rotary_embedding_dim", std::size_t{0});
  RotaryOptions options{.dim = dim > 0 ? dim : x.shape()[3],
                        .interleaved = attributes.value("interleaved", 0) != 0,
                        .tables = RotaryTables{.cosines = view<3>(*recorded.find("cos_cache")),
                                               .sines = view<3>(*recorded.find("sin_cache")),
                                               .for_positions = recorded.find("position_ids") != nullptr}};
  if (const CaseTensor* const positions = recorded.find("position_ids")) {
    options.positions = view_of<const std::int32_t, 2>(positions->integers.data(), extents_of<2>(*positions));
  }
  const CaseTensor& expected = recorded.outputs.at("Y");
  std::vector<float> rotated(expected.values.size(), -77);
  const auto result = view_of<float, 4>(rotated.data(), x.shape(), x.strides());
  ASSERT_TRUE(rotary_embedding(x, options, result));
  expect_within(rotated, expected.values, "Y", recorded.tolerance->absolute, recorded.tolerance->relative);
}

/// All cases of one operator, where they are at hand.
std::vector<Case> onnx_cases(const std::string& op) {
  const std::filesystem::path folder = HEADSCOPE_SOURCE_DIR "/../shared/conformance/onnx";
  std::vector<Case> cases;
  if (std::filesystem::exists(folder / "index.json")) {
    std::ranges::copy_if(read_cases(folder), std::back_inserter(cases), [&](const Case& c) { return c.op == op; });
  }
  return cases;
}

std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(, OnnxAttention, testing::ValuesIn(onnx_cases("Attention")), name_of);
INSTANTIATE_TEST_SUITE_P(, OnnxRotaryEmbedding, testing::ValuesIn(onnx_cases("RotaryEmbedding")), name_of);

}  // namespace
}  // namespace headscope::test
