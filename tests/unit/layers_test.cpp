#include <string>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace headscope::test
