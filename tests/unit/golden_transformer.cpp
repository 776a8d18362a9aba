#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/transformer.hpp"
#include "headscope/layers/transformer_decoding.hpp"
#include "headscope/layers/transformer_encoder.hpp"
#include "support/attention_case.hpp"
#include "support/golden_layers.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

TransformerConfiguration configuration_of(const Case& golden) {
  const auto& attributes = golden.attributes;
  return {.heads = attributes.at("heads"),
          .norm_first = attributes.value("normFirst", false),
          .activation = attributes.value("activation", "relu") == "gelu" ? Activation::gelu : Activation::relu,
          .epsilon = attributes.value("epsilon", 1e-5f)};
}

Sequence sequence_of(const CaseTensor& tensor) {
  if (tensor.dtype == "int32") return view_of<const std::int32_t, 2>(tensor.integers.data(), extents_of<2>(tensor));
  return view<3>(tensor);
}

KeyPaddingMask padding_of(const CaseTensor* padding) {
  if (padding == nullptr) return {};
  return view_of<const std::uint8_t, 2>(padding->bytes.data(), extents_of<2>(*padding));
}

/// A memory that a call writes, and what it is asked for on the way.
struct Outcome {
  explicit Outcome(const Case& golden)
      : output(extents_of<3>(golden.outputs.at("output")), nan), captures(golden.attributes.at("capture")) {}

  Values<3> output;
  Captures captures;
};

void expect_outcome(const Case& golden, const Result<void>& done, const Outcome& outcome) {
  ASSERT_TRUE(done) << done.error().argument << ": " << done.error().expected << ", " << done.error().got;
  expect_close(outcome.output, golden.outputs.at("output").values, "output");
  // Nothing is missing, and everything has the right value.
  EXPECT_EQ(outcome.captures.entries().size(), golden.outputs.size() - 1);
  expect_captured(outcome.captures, golden);
}

void transformer(const Case& golden) {
  const auto model = Transformer::create(state_dict_of(golden), configuration_of(golden));
  ASSERT_TRUE(model) << model.error().argument << ": " << model.error().expected << ", " << model.error().got;
  Outcome outcome(golden);
  const TransformerMasks masks{.source = mask_of(golden.find("sourceMask")),
                               .source_padding = padding_of(golden.find("sourceKeyPaddingMask")),
                               .target_causal = golden.attributes.value("causal", true),
                               .target = mask_of(golden.find("targetMask")),
                               .target_padding = padding_of(golden.find("targetKeyPaddingMask"))};
  const auto done = model->forward(sequence_of(golden.inputs.at("source")), sequence_of(golden.inputs.at("target")),
                                   masks, outcome.output.result(), CaptureScope(outcome.captures));
  expect_outcome(golden, done, outcome);
}

void transformer_encoder(const Case& golden) {
  const StateDict tensors = state_dict_of(golden);
  const auto encoder =
      TransformerEncoder::create(Parameters(tensors, golden.attributes.value("prefix", "")), configuration_of(golden));
  ASSERT_TRUE(encoder) << encoder.error().argument << ": " << encoder.error().expected << ", " << encoder.error().got;
  Outcome outcome(golden);
  const MultiHeadAttentionOptions options{.causal = golden.attributes.value("causal", false),
                                          .mask = mask_of(golden.find("mask")),
                                          .key_padding_mask = padding_of(golden.find("keyPaddingMask"))};
  const auto done = encoder->forward(view<3>(golden.inputs.at("x")), options, outcome.output.result(),
                                     CaptureScope(outcome.captures));
  expect_outcome(golden, done, outcome);
}

void layer_norm(const Case& golden) {
  const CaseTensor& x = golden.inputs.at("x");
  const std::size_t dim = x.shape.back();
  const std::size_t rows = x.values.size() / dim;
  LayerNormParameters parameters;
  if (golden.find("weight")) parameters.weight = view<1>(golden.inputs.at("weight"));
  if (golden.find("bias")) parameters.bias = view<1>(golden.inputs.at("bias"));
  const auto layer = LayerNorm::create("", dim, parameters, golden.attributes.at("eps").get<float>());
  ASSERT_TRUE(layer);
  Values<2> y({rows, dim}, nan);
  ASSERT_TRUE(layer->forward(view_of<const float, 2>(x.values.data(), {rows, dim}), y.result()));
  expect_close(y, golden.outputs.at("y").values, "y");
}

/// A row of tokens that ends where it is filled up with -1.
std::vector<std::int32_t> row_of(const CaseTensor& tensor, std::size_t row) {
  const std::size_t length = tensor.shape.back();
  const auto begin = tensor.integers.begin() + static_cast<std::ptrdiff_t>(row * length);
  return {begin, std::find(begin, begin + static_cast<std::ptrdiff_t>(length), -1)};
}

void transformer_decoding(const Case& golden) {
  const auto& attributes = golden.attributes;
  const auto model = Transformer::create(state_dict_of(golden), configuration_of(golden));
  ASSERT_TRUE(model);
  const Sequence source = sequence_of(golden.inputs.at("source"));
  const SearchOptions options{
      .start = attributes.at("start"), .end = attributes.at("end"), .max_length = attributes.at("maxLength")};
  const auto greedy = greedy_search(*model, source, {}, options);
  ASSERT_TRUE(greedy);
  const CaseTensor& expected = golden.outputs.at("greedy");
  ASSERT_EQ(greedy->size(), expected.shape[0]);
  for (std::size_t b = 0; b < greedy->size(); ++b) EXPECT_EQ((*greedy)[b], row_of(expected, b));

  const std::size_t width = attributes.at("width");
  const auto found =
      beam_search(*model, source, {}, options, {.width = width, .length_penalty = attributes.at("lengthPenalty")});
  ASSERT_TRUE(found);
  const CaseTensor& scores = golden.outputs.at("scores");
  ASSERT_EQ(found->size(), scores.shape[0]);
  for (std::size_t b = 0; b < found->size(); ++b) {
    ASSERT_EQ((*found)[b].size(), width);
    for (std::size_t w = 0; w < width; ++w) {
      EXPECT_EQ((*found)[b][w].tokens, row_of(golden.outputs.at("beams"), b * width + w));
      EXPECT_NEAR((*found)[b][w].score, scores.values[b * width + w], 2e-5);
    }
  }
}

}  // namespace

bool run_transformer_case(const Case& golden) {
  if (golden.op == "transformer") {
    transformer(golden);
  } else if (golden.op == "transformer_encoder") {
    transformer_encoder(golden);
  } else if (golden.op == "layer_norm") {
    layer_norm(golden);
  } else if (golden.op == "transformer_decoding") {
    transformer_decoding(golden);
  } else {
    return false;
  }
  return true;
}

}  // namespace headscope::test
