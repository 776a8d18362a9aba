#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/attention/alibi.hpp"
#include "headscope/attention/rotary_embedding.hpp"
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/self_attention_steps.hpp"
#include "headscope/reference/attention.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

reference::Matrix as_double(const Values<2>& values) {
  return xt::cast<double>(xt::adapt(values.data(), values.size(), xt::no_ownership(), values.shape()));
}

Status refusal_of(const auto& result) {
  EXPECT_FALSE(result);
  return result ? Status{} : result.error();
}

TEST(Linear, ReadsATransposedView) {
  const auto x = Values<2>::random({7, 5}, 1);
  const auto right = Values<2>::random({5, 9}, 2);
  const auto layer = Linear::create("linear", {.weight = view_of<const float, 2>(right.data(), {9, 5}, {1, 9})});
  ASSERT_TRUE(layer);
  Values<2> y({7, 9});
  ASSERT_TRUE(layer->forward(x.view(), y.result()));
  expect_close(y, reference::multiply(as_double(x), as_double(right)), "x W");
}

TEST(Linear, ReadsTransposedRows) {
  const auto columns = Values<2>::random({5, 43}, 1);
  const auto weight = Values<2>::random({9, 5}, 2);
  const auto layer = Linear::create("linear", {.weight = weight.view()});
  ASSERT_TRUE(layer);
  Values<2> y({43, 9});
  ASSERT_TRUE(layer->forward(view_of<const float, 2>(columns.data(), {43, 5}, {1, 43}), y.result(), 2.0f));
  expect_close(y, 2.0 * reference::multiply_transposed(xt::transpose(as_double(columns)), as_double(weight)), "2 x W");
}

TEST(Linear, RefusesWhatDoesNotFit) {
  const Values<2> weight({4, 3});
  const Values<1> bias({3});
  auto status = refusal_of(Linear::create("query ", {.weight = weight.view(), .bias = bias.view()}));
  EXPECT_EQ(status.argument, "query bias");
  EXPECT_EQ(status.expected, "shape (4)");
  EXPECT_EQ(status.got, "(3)");

  const auto layer = Linear::create("query", {.weight = weight.view()});
  ASSERT_TRUE(layer);
  const Values<2> wide({2, 4});
  Values<2> y({2, 4});
  status = refusal_of(layer->forward(wide.view(), y.result()));
  EXPECT_EQ(status.argument, "x");
  EXPECT_EQ(status.expected, "shape (2, 3)");
}

TEST(MultiHeadAttention, RefusesHeadsThatDoNotDivide) {
  const Values<2> weight({6, 6});
  const LinearParameters linear{.weight = weight.view()};
  auto status = refusal_of(MultiHeadAttention::create({.query = linear, .key = linear, .value = linear}, 4));
  EXPECT_EQ(status.code, StatusCode::InvalidArgument);
  EXPECT_EQ(status.argument, "heads");
  EXPECT_EQ(status.expected, "a divisor of the 6 rows of the query weight");
  EXPECT_EQ(status.got, "4");
  status = refusal_of(MultiHeadAttention::create({.query = linear, .key = linear, .value = linear}, 0));
  EXPECT_EQ(status.got, "0");
}

TEST(MultiHeadAttention, RefusesProjectionsThatDoNotFitEachOther) {
  const Values<2> six({6, 6});
  const Values<2> four({4, 6});
  const LinearParameters good{.weight = six.view()};
  const LinearParameters short_rows{.weight = four.view()};
  EXPECT_EQ(refusal_of(MultiHeadAttention::create({.query = good, .key = short_rows, .value = good}, 2)).argument,
            "key weight");
  const auto output =
      refusal_of(MultiHeadAttention::create({.query = good, .key = good, .value = short_rows, .output = good}, 2));
  EXPECT_EQ(output.argument, "output weight");
  EXPECT_EQ(output.expected, "shape (6, 4)");
}

TEST(MultiHeadAttention, RefusesInputsThatDoNotFit) {
  const Values<2> six({6, 6});
  const LinearParameters linear{.weight = six.view()};
  const auto layer = MultiHeadAttention::create({.query = linear, .key = linear, .value = linear}, 2);
  ASSERT_TRUE(layer);
  const Values<3> query({2, 3, 6});
  const Values<3> other_batch({1, 3, 6});
  const Values<3> other_dim({2, 3, 5});
  const Values<3> other_length({2, 4, 6});
  Values<3> output({2, 3, 6});
  const auto forward = [&](const Values<3>& q, const Values<3>& k, const Values<3>& v) {
    return refusal_of(layer->forward(q.view(), k.view(), v.view(), {}, output.result(), {})).argument;
  };
  EXPECT_EQ(forward(other_dim, query, query), "query");
  EXPECT_EQ(forward(query, other_batch, query), "key");
  EXPECT_EQ(forward(query, query, other_length), "value");
}

/// A layer of two heads over rows of four numbers, with random projections.
struct TwoHeads {
  Values<2> query = Values<2>::random({4, 4}, 1);
  Values<2> key = Values<2>::random({4, 4}, 2);
  Values<2> value = Values<2>::random({4, 4}, 3);
  Values<2> output = Values<2>::random({4, 4}, 4);

  MultiHeadAttentionParameters parameters() const {
    return {.query = {.weight = query.view()},
            .key = {.weight = key.view()},
            .value = {.weight = value.view()},
            .output = LinearParameters{.weight = output.view()}};
  }
};

TEST(MultiHeadAttention, IgnoredKeysMightAsWellNotBeThere) {
  const TwoHeads heads;
  const auto layer = MultiHeadAttention::create(heads.parameters(), 2);
  ASSERT_TRUE(layer);
  const auto query = Values<3>::random({2, 3, 4}, 5);
  const auto keys = Values<3>::random({2, 5, 4}, 6);
  // The same without the last two keys of each batch element.
  const auto fewer = view_of<const float, 3>(keys.data(), {2, 3, 4}, {20, 4, 1});
  const std::vector<std::uint8_t> ignored{0, 0, 0, 1, 1, 0, 0, 0, 1, 1};
  const std::vector<float> added{0, 0, 0, -infinity, -infinity, 0, 0, 0, -infinity, -infinity};
  Values<3> expected({2, 3, 4});
  ASSERT_TRUE(layer->forward(query.view(), fewer, fewer, {.causal = true}, expected.result(), {}));
  const KeyPaddingMask masks[] = {view_of<const std::uint8_t, 2>(ignored.data(), {2, 5}),
                                  view_of<const float, 2>(added.data(), {2, 5})};
  for (const KeyPaddingMask& padding : masks) {
    Values<3> output({2, 3, 4});
    ASSERT_TRUE(layer->forward(query.view(), keys.view(), keys.view(), {.causal = true, .key_padding_mask = padding},
                               output.result(), {}));
    expect_close(output, expected, "padded");
  }
}

TEST(MultiHeadAttention, AddedKeysAreOpenToAllWhateverIsForbidden) {
  const TwoHeads heads;
  auto parameters = heads.parameters();
  const auto bias_key = Values<1>::random({4}, 7);
  const auto bias_value = Values<1>::random({4}, 8);
  parameters.bias_key = bias_key.view();
  parameters.bias_value = bias_value.view();
  const auto layer = MultiHeadAttention::create(parameters, 2);
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->extra_keys(), 1);
  const auto x = Values<3>::random({1, 3, 4}, 5);
  const std::vector<std::uint8_t> none(3, 0);
  const BooleanMask forbidden{view_of<const std::uint8_t, 4>(none.data(), {1, 1, 1, 3})};
  Values<3> output({1, 3, 4});
  Values<4> weights({1, 2, 3, 4});
  ASSERT_TRUE(layer->forward(x.view(), x.view(), x.view(), {.mask = forbidden}, output.result(), weights.result()));
  for (std::size_t row = 0; row < 6; ++row) EXPECT_EQ(weights[row * 4 + 3], 1.0f);
  Values<2> added({4, 1});
  std::ranges::copy(bias_value, added.begin());
  // The added value alone goes through the output projection.
  const auto expected = reference::multiply(as_double(heads.output), as_double(added));
  for (std::size_t row = 0; row < 3; ++row) {
    expect_close(std::span(output.data() + row * 4, 4), expected, "output");
  }
}

TEST(MultiHeadAttention, ReadsSequencesWhereverTheyLie) {
  const TwoHeads heads;
  const auto layer = MultiHeadAttention::create(heads.parameters(), 2);
  ASSERT_TRUE(layer);
  const auto x = Values<3>::random({2, 3, 4}, 5);
  Values<3> expected({2, 3, 4});
  Values<4> weights({2, 2, 3, 3});
  ASSERT_TRUE(layer->forward(x.view(), x.view(), x.view(), {.causal = true}, expected.result(), weights.result()));
  // (L, B, dim)
  Values<3> sequence_first({3, 2, 4});
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t l = 0; l < 3; ++l) {
      std::copy_n(x.data() + (b * 3 + l) * 4, 4, sequence_first.data() + (l * 2 + b) * 4);
    }
  }
  const auto seen = view_of<const float, 3>(sequence_first.data(), {2, 3, 4}, {4, 8, 1});
  Values<3> output({3, 2, 4});
  Values<3> mean({2, 3, 3});
  ASSERT_TRUE(layer->forward(seen, seen, seen, {.causal = true}, view_of<float, 3>(output.data(), {2, 3, 4}, {4, 8, 1}),
                             {}, mean.result()));
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t l = 0; l < 3; ++l) {
      const auto row = [&](const Values<3>& values, std::size_t at) { return std::span(values.data() + at * 4, 4); };
      expect_close(row(output, l * 2 + b), row(expected, b * 3 + l), "output");
    }
    for (std::size_t i = 0; i < 9; ++i) {
      EXPECT_FLOAT_EQ(mean[b * 9 + i], (weights[b * 18 + i] + weights[b * 18 + 9 + i]) / 2);
    }
  }
}

TEST(PatchAttention, HasAnOutputProjectionExactlyWhereItMust) {
  const Values<2> qkv({3 * 6, 6});
  const Values<2> out({6, 6});
  const LinearParameters projection{.weight = out.view()};
  EXPECT_TRUE(MultiHeadAttention::create_patch_attention({.qkv = qkv.view()}, 1, 6));
  EXPECT_TRUE(MultiHeadAttention::create_patch_attention({.qkv = qkv.view(), .output = projection}, 2, 3));
  const auto missing = refusal_of(MultiHeadAttention::create_patch_attention({.qkv = qkv.view()}, 2, 3));
  EXPECT_EQ(missing.argument, "output");
  EXPECT_EQ(missing.got, "none");
  const auto superfluous =
      refusal_of(MultiHeadAttention::create_patch_attention({.qkv = qkv.view(), .output = projection}, 1, 6));
  EXPECT_EQ(superfluous.got, "one");
}

TEST(PatchAttention, RefusesAProjectionOfAnotherSize) {
  const Values<2> qkv({18, 6});
  const auto status = refusal_of(MultiHeadAttention::create_patch_attention({.qkv = qkv.view()}, 2, 4));
  EXPECT_EQ(status.argument, "qkv weight");
  EXPECT_EQ(status.expected, "shape (24, 6)");
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max() / 4;
  EXPECT_EQ(refusal_of(MultiHeadAttention::create_patch_attention({.qkv = qkv.view()}, huge, huge)).code,
            StatusCode::TooLarge);
}

TEST(SelfAttentionSteps, RefusesProjectionsThatDoNotFit) {
  const Values<2> x({3, 4});
  const Values<2> good({4, 2});
  const Values<2> bad({3, 2});
  Values<2> rows({3, 2});
  Values<2> square({3, 3});
  const auto steps = [&](const Values<2>& query, const Values<2>& key, const Values<2>& value) {
    return refusal_of(self_attention_steps(x.view(), {.query = query.view(), .key = key.view(), .value = value.view()},
                                           {}, false,
                                           {.query = rows.result(),
                                            .key = rows.result(),
                                            .value = rows.result(),
                                            .scores = square.result(),
                                            .weights = square.result(),
                                            .output = rows.result()}))
        .argument;
  };
  EXPECT_EQ(steps(bad, good, good), "queryProjection");
  EXPECT_EQ(steps(good, bad, good), "keyProjection");
  EXPECT_EQ(steps(good, good, bad), "valueProjection");
}

TEST(SinusoidalPositions, AgreeWithTheReference) {
  for (const Extents<2> shape :
       {Extents<2>{0, 4}, Extents<2>{4, 0}, Extents<2>{1, 1}, Extents<2>{50, 7}, Extents<2>{200, 64}}) {
    Values<2> positions(shape);
    sinusoidal_positions(positions.result());
    expect_close(positions, reference::sinusoidal_positions(shape[0], shape[1]), shape_text(shape), 1e-7);
  }
}

TEST(AlibiSlope, AgreesWithTheReference) {
  for (const std::size_t heads : {1, 2, 3, 8, 12, 16, 71}) {
    Values<1> slopes({heads});
    for (std::size_t head = 0; head < heads; ++head) slopes[head] = alibi_slope(head, heads);
    expect_within(slopes, reference::alibi_slopes(heads), std::to_string(heads) + " heads", 0, 2e-7);
  }
}

TEST(RotaryEmbedding, MayOverwriteItsInput) {
  auto x = Values<4>::random({1, 2, 3, 6}, 1);
  Values<4> expected({1, 2, 3, 6});
  ASSERT_TRUE(rotary_embedding(x.view(), {.dim = 4}, expected.result()));
  ASSERT_TRUE(rotary_embedding(x.view(), {.dim = 4}, x.result()));
  EXPECT_TRUE(std::ranges::equal(x, expected));
}

TEST(RotaryEmbedding, RefusesWhatDoesNotFit) {
  const Values<4> x({1, 1, 3, 6});
  Values<4> output({1, 1, 3, 6});
  Values<4> small({1, 1, 3, 5});
  const auto refused = [&](const RotaryOptions& options) {
    return refusal_of(rotary_embedding(x.view(), options, output.result())).argument;
  };
  EXPECT_EQ(refused({.dim = 3}), "dim");
  EXPECT_EQ(refused({.dim = 8}), "dim");
  EXPECT_EQ(refused({.dim = 6, .base = -1}), "base");
  EXPECT_EQ(refused({.dim = 6, .base = nan}), "base");
  EXPECT_EQ(refused({.dim = 6, .offset = std::numeric_limits<std::size_t>::max()}), "offset");
  EXPECT_EQ(refusal_of(rotary_embedding(x.view(), {.dim = 6}, small.result())).argument, "output");
  const std::vector<std::int32_t> positions{0, 1, 2};
  EXPECT_EQ(refused({.dim = 6, .positions = view_of<const std::int32_t, 2>(positions.data(), {1, 2})}), "positions");
}

}  // namespace
}  // namespace headscope::test
