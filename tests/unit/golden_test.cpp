#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/attention/rotary_embedding.hpp"
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/layers/head_layout.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/self_attention_steps.hpp"
#include "headscope/reference/attention.hpp"
#include "support/attention_case.hpp"
#include "support/cases.hpp"
#include "support/golden_layers.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

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
  void rotary_embedding() const;
  void torch_multi_head_attention() const;
  void self_attention_steps() const;
  void self_attention() const;
  void multi_head_attention() const;
  void patch_attention() const;
  void sinusoidal_positions() const;
  void linear_layer() const;
};

std::optional<std::size_t> whole_number(const nlohmann::json& object, const char* name) {
  if (!object.contains(name)) return std::nullopt;
  return object.at(name).get<std::size_t>();
}

void Golden::attention() const {
  const Case& recorded = GetParam();
  const auto& attributes = recorded.attributes;
  AttentionCase call{.query = &input("query"),
                     .key = &input("key"),
                     .value = &input("value"),
                     .past_key = recorded.find("pastKey"),
                     .past_value = recorded.find("pastValue"),
                     .mask = recorded.find("mask"),
                     .key_lengths = recorded.find("keyLengths"),
                     .heads = attributes.value("heads", 0u),
                     .kv_heads = attributes.value("kvHeads", 0u),
                     .bottom_right = attributes.value("alignment", "") == "bottom-right",
                     .options = {.scale = scale(), .softcap = attributes.value("softcap", 0.0f), .causal = causal()}};
  if (attributes.contains("window")) {
    const auto& window = attributes.at("window");
    call.options.window = {.left = whole_number(window, "left"), .right = whole_number(window, "right")};
  }
  if (attributes.contains("dropout")) {
    const auto& dropout = attributes.at("dropout");
    call.options.dropout = {.probability = dropout.at("probability"), .seed = dropout.at("seed")};
  }
  if (recorded.find("sinks")) call.options.sinks = view<1>(input("sinks"));
  std::vector<float> slopes;
  if (recorded.find("alibiSlopes")) slopes = input("alibiSlopes").values;
  if (attributes.value("alibi", false)) {
    const auto paper = reference::alibi_slopes(call.heads > 0 ? call.heads : call.query->shape[1]);
    slopes.assign(paper.begin(), paper.end());
  }
  if (!slopes.empty()) call.options.alibi_slopes = view_of<const float, 1>(slopes.data(), {slopes.size()});

  AttentionOutcome outcome;
  run(call, std::nullopt, false, outcome);
  expect_output(outcome.output, "output");
  expect_output(outcome.weights, "weights");
  expect_output(outcome.log_sum_exp, "logSumExp");

  // Without the weights keys are taken in blocks: another path to the same output.
  run(call, std::nullopt, true, outcome);
  expect_output(outcome.output, "output");

  for (const auto& [name, stage] : {std::pair("scores_scaled", ScoreStage::scaled),
                                    {"scores_softcapped", ScoreStage::softcapped},
                                    {"scores_biased", ScoreStage::biased},
                                    {"scores_softmax", ScoreStage::softmax}}) {
    if (!recorded.outputs.contains(name)) continue;
    run(call, stage, true, outcome);
    expect_output(outcome.scores, name);
    expect_output(outcome.output, "output");
  }
}

void Golden::rotary_embedding() const {
  const Case& recorded = GetParam();
  const auto& attributes = recorded.attributes;
  const std::size_t heads = attributes.value("heads", 0u);
  const auto x = view_of_heads(input("x"), heads);
  RotaryOptions options{.dim = attributes.value("dim", x.shape()[3]),
                        .interleaved = attributes.value("interleaved", false),
                        .base = attributes.value("base", 10000.0),
                        .offset = attributes.value("offset", std::size_t{0})};
  if (const CaseTensor* const positions = recorded.find("positions")) {
    options.positions = view_of<const std::int32_t, 2>(positions->integers.data(), extents_of<2>(*positions));
  }
  if (recorded.find("cos")) {
    options.tables = RotaryTables{.cosines = view<3>(input("cos")),
                                  .sines = view<3>(input("sin")),
                                  .for_positions = options.positions.has_value()};
  }
  std::vector<float> rotated(output("output").values.size(), -77);
  const auto [batch, count, length, depth] = Extents<4>{x.shape()};
  const HeadLayout side_by_side{.batch = batch, .length = length, .heads = count, .head_dim = depth};
  ASSERT_TRUE(headscope::rotary_embedding(
      x, options, heads > 0 ? heads_view(rotated.data(), side_by_side) : view_of<float, 4>(rotated.data(), x.shape())));
  expect_output(rotated, "output");
}

/// (L, B, dim) as (B, L, dim), or (L, dim) as (1, L, dim).
template <class T>
TensorView<T, 3> batch_first(T* data, const CaseTensor& tensor, bool is_batch_first) {
  const Extents<3> shape = extents_of<3>(tensor);
  if (is_batch_first) return view_of<T, 3>(data, shape);
  const auto [length, batch, dim] = shape;
  const auto step = [](std::size_t elements) { return static_cast<std::ptrdiff_t>(elements); };
  return view_of<T, 3>(data, {batch, length, dim}, {step(dim), step(batch * dim), 1});
}

/// What torch.nn.MultiheadAttention has in its state dict: one weight for all projections, or three.
MultiHeadAttentionParameters parameters_of(const Case& recorded) {
  const std::size_t dim = recorded.inputs.at("out_proj.weight").shape[1];
  const auto projection = [&](std::size_t part, const std::string& own_name) {
    const CaseTensor* const together = recorded.find("in_proj_weight");
    const CaseTensor* const bias = recorded.find("in_proj_bias");
    LinearParameters linear{
        .weight = together ? view_of<const float, 2>(together->values.data() + part * dim * dim, {dim, dim})
                           : view<2>(recorded.inputs.at(own_name))};
    if (bias) linear.bias = view_of<const float, 1>(bias->values.data() + part * dim, {dim});
    return linear;
  };
  LinearParameters out{.weight = view<2>(recorded.inputs.at("out_proj.weight"))};
  if (const CaseTensor* const bias = recorded.find("out_proj.bias")) out.bias = view<1>(*bias);
  MultiHeadAttentionParameters parameters{.query = projection(0, "q_proj_weight"),
                                          .key = projection(1, "k_proj_weight"),
                                          .value = projection(2, "v_proj_weight"),
                                          .output = out,
                                          .add_zero_attention = recorded.attributes.value("addZeroAttention", false)};
  if (recorded.find("bias_k")) {
    parameters.bias_key = view<1>(recorded.inputs.at("bias_k"));
    parameters.bias_value = view<1>(recorded.inputs.at("bias_v"));
  }
  return parameters;
}

void Golden::torch_multi_head_attention() const {
  const Case& recorded = GetParam();
  const auto& attributes = recorded.attributes;
  const std::size_t heads = attributes.at("heads");
  const bool is_batch_first = attributes.value("batchFirst", true);
  const auto layer = MultiHeadAttention::create(parameters_of(recorded), heads);
  ASSERT_TRUE(layer);
  const auto rows = [&](const char* name) {
    return batch_first(input(name).values.data(), input(name), is_batch_first);
  };
  const auto query = rows("query");
  const auto key = rows("key");

  MultiHeadAttentionOptions options{.causal = causal()};
  if (const CaseTensor* const mask = recorded.find("mask"); mask && mask->shape.size() == 3) {
    // (B heads, Lq, Lk)
    const Extents<4> shape{query.shape()[0], heads, mask->shape[1], mask->shape[2]};
    if (mask->dtype == "bool") {
      options.mask = BooleanMask{view_of<const std::uint8_t, 4>(mask->bytes.data(), shape)};
    } else {
      options.mask = AdditiveMask{view_of<const float, 4>(mask->values.data(), shape)};
    }
  } else {
    options.mask = mask_of(mask);
  }
  if (const CaseTensor* const padding = recorded.find("keyPaddingMask")) {
    if (padding->dtype == "bool") {
      options.key_padding_mask = view_of<const std::uint8_t, 2>(padding->bytes.data(), extents_of<2>(*padding));
    } else {
      options.key_padding_mask = view<2>(*padding);
    }
  }
  std::vector<float> result(output("output").values.size(), -77);
  const Extents<4> square{query.shape()[0], heads, query.shape()[1], key.shape()[1] + layer->extra_keys()};
  Values<4> weights(square, -77);
  Values<3> average({square[0], square[2], square[3]}, -77);
  ASSERT_TRUE(layer->forward(query, key, rows("value"), options,
                             batch_first(result.data(), output("output"), is_batch_first), weights.result(),
                             average.result()));
  expect_output(result, "output");
  if (attributes.value("averageWeights", false)) {
    expect_output(average, "weights");
  } else {
    expect_output(weights, "weights");
  }
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
  if (op == "rotary_embedding") return rotary_embedding();
  if (op == "torch_multi_head_attention") return torch_multi_head_attention();
  if (op == "self_attention_steps") return self_attention_steps();
  if (op == "self_attention") return self_attention();
  if (op == "multi_head_attention") return multi_head_attention();
  if (op == "patch_attention") return patch_attention();
  if (op == "sinusoidal_positions") return sinusoidal_positions();
  if (op == "linear") return linear_layer();
  if (run_vision_case(GetParam()) || run_historic_case(GetParam()) || run_transformer_case(GetParam())) return;
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

}  // namespace
}  // namespace headscope::test
