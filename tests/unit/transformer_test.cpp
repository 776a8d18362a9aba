#include "headscope/layers/transformer.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/transformer_decoding.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

constexpr std::size_t dim = 12;
constexpr std::size_t hidden = 20;
constexpr std::size_t vocabulary = 7;
constexpr TransformerConfiguration three_heads{.heads = 3};

/// Random parameters of a model with two layers on each side, but for the one that is left out or has another shape.
class RandomState {
 public:
  explicit RandomState(std::string left_out = "", std::vector<std::size_t> other_shape = {})
      : left_out_(std::move(left_out)), other_shape_(std::move(other_shape)) {
    for (const std::string side : {"transformer.encoder.", "transformer.decoder."}) {
      for (const std::string layer : {"layers.0.", "layers.1."}) {
        const std::string path = side + layer;
        attention(path + "self_attn.");
        if (side == "transformer.decoder.") {
          attention(path + "multihead_attn.");
          norm(path + "norm3.");
        }
        add(path + "linear1.weight", {hidden, dim});
        add(path + "linear1.bias", {hidden});
        add(path + "linear2.weight", {dim, hidden});
        add(path + "linear2.bias", {dim});
        norm(path + "norm1.");
        norm(path + "norm2.");
      }
      norm(side + "norm.");
    }
    add("src_tok_emb.embedding.weight", {vocabulary, dim});
    add("tgt_tok_emb.embedding.weight", {vocabulary, dim});
    add("generator.weight", {vocabulary, dim});
    add("generator.bias", {vocabulary});
  }

  const StateDict& operator*() const { return state_; }

 private:
  void attention(const std::string& path) {
    add(path + "in_proj_weight", {3 * dim, dim});
    add(path + "in_proj_bias", {3 * dim});
    add(path + "out_proj.weight", {dim, dim});
    add(path + "out_proj.bias", {dim});
  }

  void norm(const std::string& path) {
    add(path + "weight", {dim});
    add(path + "bias", {dim});
  }

  void add(const std::string& name, std::vector<std::size_t> shape) {
    ++seed_;
    if (name == left_out_) {
      if (other_shape_.empty()) return;
      shape = other_shape_;
    }
    const float spread = shape.size() == 2 ? 1 / std::sqrt(static_cast<float>(shape[1])) : 0.5f;
    const auto values = Values<1>::random({product(shape)}, seed_, spread);
    ASSERT_TRUE(state_.add(name, shape, values.data()));
  }

  std::string left_out_;
  std::vector<std::size_t> other_shape_;
  unsigned seed_ = 0;
  StateDict state_;
};

using Tokens = std::vector<std::int32_t>;

TensorView<const std::int32_t, 2> view_of_tokens(const Tokens& tokens, std::size_t batch = 1) {
  return view_of<const std::int32_t, 2>(tokens.data(), {batch, tokens.size() / batch});
}

Values<3> encoded(const Transformer& model, const Tokens& source) {
  Captures none;
  Values<3> memory({1, source.size(), dim}, nan);
  EXPECT_TRUE(model.encode(view_of_tokens(source), {}, memory.result(), CaptureScope(none)));
  return memory;
}

Values<3> logits_of(const Transformer& model, const Tokens& source, const Tokens& target) {
  Captures none;
  Values<3> logits({1, target.size(), vocabulary}, nan);
  EXPECT_TRUE(model.forward(view_of_tokens(source), view_of_tokens(target), {}, logits.result(), CaptureScope(none)));
  return logits;
}

const Tokens source{3, 1, 4, 1, 5};
const Tokens target{0, 2, 6, 5, 3, 1, 2};

TEST(Transformer, StepsWithACacheAreWithinToleranceOfTheWhole) {
  for (const bool norm_first : {false, true}) {
    const auto model = Transformer::create(*RandomState(), {.heads = 3, .norm_first = norm_first});
    ASSERT_TRUE(model);
    const auto memory = encoded(*model, source);
    const auto whole = logits_of(*model, source, target);
    for (const std::size_t together : {1, 2, 7}) {
      auto decoding = TransformerDecoding::create(*model, memory.view(), {}, 1);
      ASSERT_TRUE(decoding);
      Captures none;
      std::vector<float> logits;
      for (std::size_t first = 0; first < target.size(); first += together) {
        const std::size_t count = std::min(together, target.size() - first);
        Values<3> part({1, count, vocabulary}, nan);
        ASSERT_TRUE(decoding->step(view_of<const std::int32_t, 2>(target.data() + first, {1, count}), part.result(),
                                   CaptureScope(none)));
        logits.insert(logits.end(), part.begin(), part.end());
      }
      EXPECT_EQ(decoding->length(), target.size());
      expect_close(logits, whole, "together " + std::to_string(together), 1e-5);
    }
  }
}

TEST(Transformer, ALaterTokenChangesNothingBefore) {
  const auto model = Transformer::create(*RandomState(), three_heads);
  ASSERT_TRUE(model);
  auto changed = target;
  changed.back() = 4;
  const auto before = logits_of(*model, source, target);
  const auto after = logits_of(*model, source, changed);
  const std::size_t same = (target.size() - 1) * vocabulary;
  for (std::size_t i = 0; i < same; ++i) EXPECT_EQ(before[i], after[i]);
  EXPECT_NE(before[same], after[same]);
}

TEST(Transformer, SequencesThatShareAMemoryMayChangePlaces) {
  const auto model = Transformer::create(*RandomState(), three_heads);
  ASSERT_TRUE(model);
  const auto memory = encoded(*model, source);
  auto decoding = TransformerDecoding::create(*model, memory.view(), {}, 2);
  ASSERT_TRUE(decoding);
  Captures none;
  Values<3> logits({2, 1, vocabulary}, nan);
  ASSERT_TRUE(decoding->step(view_of_tokens({0, 3}, 2), logits.result(), CaptureScope(none)));
  ASSERT_TRUE(decoding->step(view_of_tokens({2, 5}, 2), logits.result(), CaptureScope(none)));
  ASSERT_TRUE(decoding->reorder(std::vector<std::size_t>{1, 0}));
  ASSERT_TRUE(decoding->step(view_of_tokens({4, 6}, 2), logits.result(), CaptureScope(none)));
  const auto first = logits_of(*model, source, {3, 5, 4});
  const auto second = logits_of(*model, source, {0, 2, 6});
  std::vector<float> expected(first.end() - vocabulary, first.end());
  expected.insert(expected.end(), second.end() - vocabulary, second.end());
  expect_close(logits, expected, "logits", 1e-5);
  EXPECT_EQ(decoding->reorder(std::vector<std::size_t>{0}).error().argument, "sources");
  EXPECT_EQ(decoding->reorder(std::vector<std::size_t>{0, 2}).error().argument, "sources");
}

TEST(Transformer, RefusesParametersThatAreMissingOrHaveAnotherShape) {
  for (const std::string name :
       {"transformer.encoder.layers.0.self_attn.in_proj_weight",
        "transformer.encoder.layers.1.self_attn.out_proj.weight",
        "transformer.decoder.layers.0.multihead_attn.in_proj_weight", "transformer.decoder.layers.1.linear1.weight",
        "transformer.decoder.layers.1.linear2.weight", "transformer.encoder.layers.0.norm2.weight",
        "transformer.decoder.layers.0.norm3.weight"}) {
    const auto missing = Transformer::create(*RandomState(name), three_heads);
    ASSERT_FALSE(missing) << name;
    EXPECT_EQ(missing.error().code, StatusCode::InvalidArgument);
    EXPECT_EQ(missing.error().argument, name);
    const auto other_rank = Transformer::create(*RandomState(name, {1, 2, 3}), three_heads);
    ASSERT_FALSE(other_rank) << name;
    EXPECT_EQ(other_rank.error().code, StatusCode::InvalidShape);
    EXPECT_EQ(other_rank.error().argument, name);
  }
  for (const std::string name :
       {"transformer.encoder.layers.0.self_attn.in_proj_bias", "transformer.encoder.layers.0.self_attn.out_proj.bias",
        "transformer.encoder.layers.0.norm1.weight", "transformer.decoder.norm.bias", "generator.bias"}) {
    const auto other_shape = Transformer::create(*RandomState(name, {dim + 1}), three_heads);
    ASSERT_FALSE(other_shape) << name;
    EXPECT_EQ(other_shape.error().code, StatusCode::InvalidShape);
    EXPECT_EQ(other_shape.error().argument, name);
  }
  const auto heads = Transformer::create(*RandomState(), {.heads = 5});
  ASSERT_FALSE(heads);
  EXPECT_EQ(heads.error().argument, "heads");
  EXPECT_FALSE(Transformer::create(*RandomState(), {.heads = 0}));
  EXPECT_EQ(Transformer::create(*RandomState(), {.heads = 3, .epsilon = nan}).error().argument, "epsilon");
}

TEST(Transformer, RefusesSequencesThatDoNotFit) {
  const auto model = Transformer::create(*RandomState(), three_heads, 7);
  ASSERT_TRUE(model);
  Captures none;
  const auto refusal = [&](const Sequence& from, const Sequence& to, const TransformerMasks& masks = {}) {
    Values<3> logits({sequence_shape(to)[0], sequence_shape(to)[1], vocabulary}, nan);
    const auto done = model->forward(from, to, masks, logits.result(), CaptureScope(none));
    EXPECT_FALSE(done);
    return done ? Status() : done.error();
  };
  const Tokens unknown{0, 7};
  const Tokens negative{-1};
  const Tokens empty;
  const Tokens long_one(8, 1);
  const auto vectors = Values<3>::random({1, 3, dim}, 1);
  EXPECT_EQ(refusal(view_of_tokens(unknown), view_of_tokens(target)).got, "7 at (0, 1)");
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(negative)).argument, "target");
  EXPECT_EQ(refusal(view_of_tokens(empty), view_of_tokens(target)).code, StatusCode::InvalidShape);
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(empty)).argument, "target");
  EXPECT_EQ(refusal(view_of_tokens(long_one), view_of_tokens(target)).expected, "sequences of at most 7");
  EXPECT_EQ(refusal(vectors.view(), view_of_tokens(target)).got, "vectors");
  EXPECT_EQ(refusal(view_of_tokens({1, 2}, 2), view_of_tokens(target)).argument, "target");
  const std::vector<std::uint8_t> padding(4);
  const auto short_padding = view_of<const std::uint8_t, 2>(padding.data(), {1, 4});
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(target), {.source_padding = short_padding}).argument,
            "sourceKeyPaddingMask");
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(target), {.target_padding = short_padding}).argument,
            "targetKeyPaddingMask");
  const BooleanMask mask{view_of<const std::uint8_t, 4>(padding.data(), {1, 1, 2, 2})};
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(target), {.source = mask}).argument, "sourceMask");
  EXPECT_EQ(refusal(view_of_tokens(source), view_of_tokens(target), {.target = mask}).argument, "targetMask");
}

TEST(Transformer, SearchesEndWhereTheyHaveTo) {
  const auto model = Transformer::create(*RandomState(), three_heads);
  ASSERT_TRUE(model);
  const SearchOptions options{.start = 0, .end = 1, .max_length = 4};
  const auto greedy = greedy_search(*model, view_of_tokens(source), {}, options);
  ASSERT_TRUE(greedy);
  EXPECT_LE((*greedy)[0].size(), 4u);
  const auto one = beam_search(*model, view_of_tokens(source), {}, options, {.width = 1});
  ASSERT_TRUE(one);
  EXPECT_EQ((*one)[0].front().tokens, (*greedy)[0]);
  const auto many =
      beam_search(*model, view_of_tokens(source), {}, {.start = 0, .end = 1, .max_length = 1}, {.width = 50});
  ASSERT_TRUE(many);
  EXPECT_EQ((*many)[0].size(), vocabulary);
  const auto nothing = greedy_search(*model, view_of_tokens(source), {}, {.start = 0, .end = 1, .max_length = 0});
  ASSERT_TRUE(nothing);
  EXPECT_TRUE((*nothing)[0].empty());
  EXPECT_EQ(greedy_search(*model, view_of_tokens(source), {}, {.start = 7}).error().argument, "start");
  EXPECT_EQ(beam_search(*model, view_of_tokens(source), {}, options, {.width = 0}).error().argument, "width");
  EXPECT_EQ(beam_search(*model, view_of_tokens(source), {}, options, {.length_penalty = nan}).error().argument,
            "lengthPenalty");
}

TEST(LayerNorm, TakesRowsAnywhereAndRefusesOthers) {
  const auto layer = LayerNorm::create("", 2, {}, 0);
  ASSERT_TRUE(layer);
  const std::vector<float> x{1, 3, nan, 5, 1, nan};
  std::vector<float> y(4, nan);
  ASSERT_TRUE(layer->forward(view_of<const float, 2>(x.data(), {2, 2}, {3, 1}), view_of<float, 2>(y.data(), {2, 2})));
  EXPECT_EQ(y, (std::vector<float>{-1, 1, 1, -1}));
  EXPECT_FALSE(layer->forward(view_of<const float, 2>(x.data(), {2, 3}), view_of<float, 2>(y.data(), {2, 2})));
  EXPECT_FALSE(LayerNorm::create("", 2, {}, -1));
}

}  // namespace
}  // namespace headscope::test
