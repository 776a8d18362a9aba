#include <filesystem>
#include <optional>

#include <gtest/gtest.h>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/self_attention_steps.hpp"
#include "support/cases.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// The last N extents; the ones before them are folded into the first.
template <std::size_t N>
Extents<N> extents_of(const CaseTensor& tensor) {
  Extents<N> extents;
  extents.fill(1);
  const std::size_t rank = tensor.shape.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::size_t target = axis + N >= rank ? axis + N - rank : 0;
    extents[target] *= tensor.shape[axis];
  }
  return extents;
}

template <std::size_t N>
TensorView<const float, N> view(const CaseTensor& tensor) {
  return view_of<const float, N>(tensor.values.data(), extents_of<N>(tensor));
}

class Golden : public testing::TestWithParam<Case> {
 protected:
  const CaseTensor& input(const std::string& name) const { return GetParam().inputs.at(name); }
  const CaseTensor& output(const std::string& name) const { return GetParam().outputs.at(name); }

  template <std::size_t N>
  Values<N> room(const std::string& name) const {
    return Values<N>(extents_of<N>(output(name)), -77);
  }

  void expect_output(const auto& got, const std::string& name) const { expect_close(got, output(name).values, name); }

  LinearParameters linear(const std::string& weight, const std::string& bias) const {
    LinearParameters parameters{.weight = view<2>(input(weight))};
    if (GetParam().inputs.contains(bias)) parameters.bias = view<1>(input(bias));
    return parameters;
  }

  bool causal() const { return GetParam().attributes.value("causal", false); }

  std::optional<float> scale() const {
    if (!GetParam().attributes.contains("scale")) return std::nullopt;
    return GetParam().attributes.at("scale").get<float>();
  }

  void attention() const;
  void self_attention_steps() const;
  void self_attention() const;
  void multi_head_attention() const;
  void patch_attention() const;
  void sinusoidal_positions() const;
  void linear_layer() const;
};

Mask mask_of(const Case& recorded) {
  const auto found = recorded.inputs.find("mask");
  if (found == recorded.inputs.end()) return {};
  const CaseTensor& mask = found->second;
  if (mask.dtype == "bool") return BooleanMask{view_of<const std::uint8_t, 4>(mask.bytes.data(), extents_of<4>(mask))};
  return AdditiveMask{view<4>(mask)};
}

void Golden::attention() const {
  auto result = room<4>("output");
  auto weights = room<4>("weights");
  auto log_sum_exp = room<3>("logSumExp");
  const AttentionOptions options{.scale = scale(), .causal = causal(), .mask = mask_of(GetParam())};
  const auto attend = [&](const AttentionResults& results) {
    return scaled_dot_product_attention(view<4>(input("query")), view<4>(input("key")), view<4>(input("value")),
                                        options, results);
  };
  ASSERT_TRUE(attend({.output = result.result(), .weights = weights.result(), .log_sum_exp = log_sum_exp.result()}));
  expect_output(result, "output");
  expect_output(weights, "weights");
  expect_output(log_sum_exp, "logSumExp");

  // Without the weights keys are taken in blocks: another path to the same output.
  auto alone = room<4>("output");
  ASSERT_TRUE(attend({.output = alone.result()}));
  expect_output(alone, "output");
}

void Golden::self_attention_steps() const {
  auto query = room<2>("query");
  auto key = room<2>("key");
  auto value = room<2>("value");
  auto scores = room<2>("scores");
  auto weights = room<2>("weights");
  auto result = room<2>("output");
  ASSERT_TRUE(headscope::self_attention_steps(
      view<2>(input("x")),
      {.query = view<2>(input("w_query")), .key = view<2>(input("w_key")), .value = view<2>(input("w_value"))}, scale(),
      causal(),
      {.query = query.result(),
       .key = key.result(),
       .value = value.result(),
       .scores = scores.result(),
       .weights = weights.result(),
       .output = result.result()}));
  expect_output(query, "query");
  expect_output(key, "key");
  expect_output(value, "value");
  expect_output(scores, "scores");
  expect_output(weights, "weights");
  expect_output(result, "output");
}

void Golden::self_attention() const {
  const auto layer = MultiHeadAttention::create(
      {.query = linear("w_query", "b_query"), .key = linear("w_key", "b_key"), .value = linear("w_value", "b_value")},
      1);
  ASSERT_TRUE(layer);
  auto result = room<3>("output");
  auto weights = room<4>("weights");
  const auto x = view<3>(input("x"));
  ASSERT_TRUE(layer->forward(x, x, x, {.causal = causal()}, result.result(), weights.result()));
  expect_output(result, "output");
  expect_output(weights, "weights");
}

void Golden::multi_head_attention() const {
  const auto layer = MultiHeadAttention::create({.query = linear("fc_q_weight", "fc_q_bias"),
                                                 .key = linear("fc_k_weight", "fc_k_bias"),
                                                 .value = linear("fc_v_weight", "fc_v_bias"),
                                                 .output = linear("fc_o_weight", "fc_o_bias")},
                                                GetParam().attributes.at("heads"));
  ASSERT_TRUE(layer);
  auto result = room<3>("output");
  auto weights = room<4>("weights");
  ASSERT_TRUE(layer->forward(view<3>(input("query")), view<3>(input("key")), view<3>(input("value")),
                             {.causal = causal()}, result.result(), weights.result()));
  expect_output(result, "output");
  expect_output(weights, "weights");
}

void Golden::patch_attention() const {
  PatchAttentionParameters parameters{.qkv = view<2>(input("w_qkv"))};
  if (GetParam().inputs.contains("w_out")) parameters.output = linear("w_out", "b_out");
  const auto layer = MultiHeadAttention::create_patch_attention(parameters, GetParam().attributes.at("heads"),
                                                                GetParam().attributes.at("dim_head"));
  ASSERT_TRUE(layer);
  auto result = room<3>("output");
  auto weights = room<4>("weights");
  const auto x = view<3>(input("x"));
  ASSERT_TRUE(layer->forward(x, x, x, {}, result.result(), weights.result()));
  expect_output(result, "output");
  expect_output(weights, "weights");
}

void Golden::sinusoidal_positions() const {
  auto positions = room<2>("positions");
  headscope::sinusoidal_positions(positions.result());
  expect_output(positions, "positions");
}

void Golden::linear_layer() const {
  const auto layer = Linear::create("linear", linear("weight", "bias"));
  ASSERT_TRUE(layer);
  auto y = room<2>("y");
  ASSERT_TRUE(layer->forward(view<2>(input("x")), y.result()));
  expect_output(y, "y");
}

TEST_P(Golden, AgreesWithPyTorch) {
  const std::string& op = GetParam().op;
  if (op == "attention") return attention();
  if (op == "self_attention_steps") return self_attention_steps();
  if (op == "self_attention") return self_attention();
  if (op == "multi_head_attention") return multi_head_attention();
  if (op == "patch_attention") return patch_attention();
  if (op == "sinusoidal_positions") return sinusoidal_positions();
  if (op == "linear") return linear_layer();
  FAIL() << "no test runs the operation " << op;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.name;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(, Golden, testing::ValuesIn(read_cases(HEADSCOPE_SOURCE_DIR "/tests/golden")), name_of);

// The ONNX operators' own data, where it lies beside the project.
TEST(Conformance, AttentionAgreesWithOnnx) {
  const std::filesystem::path folder = HEADSCOPE_SOURCE_DIR "/../shared/conformance/onnx";
  if (!std::filesystem::exists(folder / "index.json")) return;
  int ran = 0;
  for (const Case& recorded : read_cases(folder)) {
    const auto& attributes = recorded.attributes;
    const auto has = [&](const char* name) { return recorded.inputs.contains(name); };
    if (recorded.op != "Attention" || has("past_key") || has("nonpad_kv_seqlen") ||
        attributes.value("softcap", 0.0) != 0 || attributes.value("left_window_size", -1) >= 0 ||
        attributes.value("right_window_size", -1) >= 0) {
      continue;
    }
    const CaseTensor& query = recorded.inputs.at("Q");
    const CaseTensor& key = recorded.inputs.at("K");
    // Heads side by side, grouped heads and half precision belong to the complete operator.
    if (query.shape.size() != 4 || query.shape[1] != key.shape[1] || query.dtype != "float32") continue;
    AttentionOptions options{.scale = std::nullopt, .causal = attributes.value("is_causal", 0) != 0, .mask = {}};
    if (attributes.contains("scale")) options.scale = attributes.at("scale").get<float>();
    if (has("attn_mask")) {
      const CaseTensor& mask = recorded.inputs.at("attn_mask");
      if (mask.shape.back() != key.shape[2]) continue;
      options.mask = mask.dtype == "bool"
                         ? Mask(BooleanMask{view_of<const std::uint8_t, 4>(mask.bytes.data(), extents_of<4>(mask))})
                         : Mask(AdditiveMask{view<4>(mask)});
    }
    Values<4> output(extents_of<4>(recorded.outputs.at("Y")));
    ASSERT_TRUE(scaled_dot_product_attention(view<4>(query), view<4>(key), view<4>(recorded.inputs.at("V")), options,
                                             {.output = output.result()}));
    expect_close(output, recorded.outputs.at("Y").values, recorded.name, 1e-5);
    ++ran;
  }
  std::printf("%d cases of ONNX Attention\n", ran);
  EXPECT_GT(ran, 15);
}

}  // namespace
}  // namespace headscope::test
