#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/additive_attention.hpp"
#include "headscope/layers/linear_attention.hpp"
#include "headscope/layers/multiplicative_attention.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

struct Additive {
  Values<2> query = Values<2>::random({7, 3}, 1);
  Values<2> key = Values<2>::random({7, 4}, 2);
  Values<2> score = Values<2>::random({1, 7}, 3);

  AdditiveAttentionParameters parameters() const {
    return {.query = {.weight = query.view()}, .key = {.weight = key.view()}, .score = {.weight = score.view()}};
  }
};

Status refusal_of(const auto& result) {
  EXPECT_FALSE(result);
  return result ? Status{} : result.error();
}

TEST(AdditiveAttention, DoesNotDependOnTheOrderOfKeys) {
  const Additive layer;
  const auto query = Values<3>::random({1, 2, 3}, 4);
  auto key = Values<3>::random({1, 5, 4}, 5);
  auto value = Values<3>::random({1, 5, 6}, 6);
  Values<3> y({1, 2, 6});
  ASSERT_TRUE(
      additive_attention(query.view(), key.view(), value.view(), layer.parameters(), {}, {.output = y.result()}));
  std::rotate(key.begin(), key.begin() + 8, key.end());
  std::rotate(value.begin(), value.begin() + 12, value.end());
  Values<3> z({1, 2, 6});
  ASSERT_TRUE(
      additive_attention(query.view(), key.view(), value.view(), layer.parameters(), {}, {.output = z.result()}));
  expect_close(z, y, "output");
}

TEST(AdditiveAttention, WithoutKeysGivesZeros) {
  const Additive layer;
  const auto query = Values<3>::random({1, 2, 3}, 4);
  const Values<3> key({1, 0, 4});
  const Values<3> value({1, 0, 2});
  Values<3> y({1, 2, 2}, -77);
  ASSERT_TRUE(
      additive_attention(query.view(), key.view(), value.view(), layer.parameters(), {}, {.output = y.result()}));
  EXPECT_TRUE(std::ranges::all_of(y, [](float number) { return number == 0; }));
}

TEST(AdditiveAttention, AForbiddenKeyContributesNothingWhateverItHolds) {
  const Additive layer;
  const auto query = Values<3>::random({1, 2, 3}, 4);
  auto key = Values<3>::random({1, 3, 4}, 5);
  auto value = Values<3>::random({1, 3, 2}, 6);
  key[4] = nan;
  value[2] = nan;
  const std::vector<std::uint8_t> allowed{1, 0, 1};
  const std::vector<float> bias{0, -infinity, 0};
  for (const Mask& mask : {Mask(BooleanMask{view_of<const std::uint8_t, 4>(allowed.data(), {1, 1, 1, 3})}),
                           Mask(AdditiveMask{view_of<const float, 4>(bias.data(), {1, 1, 1, 3})})}) {
    Values<3> y({1, 2, 2});
    ASSERT_TRUE(additive_attention(query.view(), key.view(), value.view(), layer.parameters(), {.mask = mask},
                                   {.output = y.result()}));
    EXPECT_TRUE(std::ranges::none_of(y, [](float number) { return std::isnan(number); }));
  }
}

TEST(AdditiveAttention, RefusesWhatDoesNotFit) {
  const Additive layer;
  const Values<3> query({1, 2, 3});
  const Values<3> key({1, 5, 4});
  const Values<3> value({1, 5, 6});
  const Values<3> short_value({1, 4, 6});
  const Values<3> wide({1, 2, 9});
  Values<3> y({1, 2, 6});
  auto status = refusal_of(
      additive_attention(wide.view(), key.view(), value.view(), layer.parameters(), {}, {.output = y.result()}));
  EXPECT_EQ(status.argument, "query");
  EXPECT_EQ(status.expected, "shape (1, 2, 3)");
  status = refusal_of(
      additive_attention(query.view(), key.view(), short_value.view(), layer.parameters(), {}, {.output = y.result()}));
  EXPECT_EQ(status.argument, "value");
  auto parameters = layer.parameters();
  const Values<2> v({1, 6});
  parameters.score = {.weight = v.view()};
  status =
      refusal_of(additive_attention(query.view(), key.view(), value.view(), parameters, {}, {.output = y.result()}));
  EXPECT_EQ(status.argument, "score weight");
  EXPECT_EQ(status.expected, "shape (1, 7)");
}

TEST(MultiplicativeAttention, GeneralWithTheIdentityIsDot) {
  const auto query = Values<3>::random({2, 3, 4}, 1);
  const auto key = Values<3>::random({2, 5, 4}, 2);
  const auto value = Values<3>::random({2, 5, 3}, 3);
  Values<2> identity({4, 4});
  for (std::size_t i = 0; i < 4; ++i) identity[5 * i] = 1;
  Values<3> dot({2, 3, 3});
  Values<3> general({2, 3, 3});
  ASSERT_TRUE(multiplicative_attention(query.view(), key.view(), value.view(), {}, {}, {.output = dot.result()}));
  ASSERT_TRUE(multiplicative_attention(query.view(), key.view(), value.view(), identity.view(), {},
                                       {.output = general.result()}));
  EXPECT_TRUE(std::ranges::equal(dot, general));
}

TEST(MultiplicativeAttention, RefusesOtherDimensionsWithoutAWeight) {
  const Values<3> query({1, 3, 4});
  const Values<3> key({1, 5, 6});
  const Values<3> value({1, 5, 3});
  const Values<2> weight({6, 4});
  Values<3> y({1, 3, 3});
  auto status =
      refusal_of(multiplicative_attention(query.view(), key.view(), value.view(), {}, {}, {.output = y.result()}));
  EXPECT_EQ(status.argument, "key");
  EXPECT_EQ(status.expected, "shape (1, 5, 4)");
  status = refusal_of(
      multiplicative_attention(query.view(), key.view(), value.view(), weight.view(), {}, {.output = y.result()}));
  EXPECT_EQ(status.argument, "weight");
  EXPECT_EQ(status.expected, "shape (4, 6)");
}

TEST(LinearAttention, CausalOutputsDoNotDependOnLaterTokens) {
  constexpr std::size_t length = 300;
  const auto query = Values<4>::random({1, 2, length, 5}, 1);
  auto key = Values<4>::random({1, 2, length, 5}, 2);
  auto value = Values<4>::random({1, 2, length, 3}, 3);
  Values<4> y({1, 2, length, 3});
  ASSERT_TRUE(linear_attention(query.view(), key.view(), value.view(), true, {.output = y.result()}));
  for (const std::size_t from : {1u, 100u, 259u}) {
    for (std::size_t head = 0; head < 2; ++head) {
      std::fill_n(&key.result()(0, head, from, 0), (length - from) * 5, 9.0f);
      std::fill_n(&value.result()(0, head, from, 0), (length - from) * 3, nan);
    }
    Values<4> z({1, 2, length, 3});
    ASSERT_TRUE(linear_attention(query.view(), key.view(), value.view(), true, {.output = z.result()}));
    for (std::size_t head = 0; head < 2; ++head) {
      const std::size_t first = head * length * 3;
      EXPECT_TRUE(std::equal(y.data() + first, y.data() + first + from * 3, z.data() + first)) << from;
    }
    // Restored, for the next.
    key = Values<4>::random({1, 2, length, 5}, 2);
    value = Values<4>::random({1, 2, length, 3}, 3);
  }
}

TEST(LinearAttention, TheLastCausalQuerySeesWhatAllSee) {
  const auto query = Values<4>::random({1, 1, 9, 4}, 1);
  const auto key = Values<4>::random({1, 1, 9, 4}, 2);
  const auto value = Values<4>::random({1, 1, 9, 2}, 3);
  Values<4> causal({1, 1, 9, 2});
  Values<4> full({1, 1, 9, 2});
  ASSERT_TRUE(linear_attention(query.view(), key.view(), value.view(), true, {.output = causal.result()}));
  ASSERT_TRUE(linear_attention(query.view(), key.view(), value.view(), false, {.output = full.result()}));
  EXPECT_EQ(causal[16], full[16]);
  EXPECT_EQ(causal[17], full[17]);
  EXPECT_NE(causal[0], full[0]);
}

TEST(LinearAttention, WithoutKeysGivesZeros) {
  const auto query = Values<4>::random({1, 1, 2, 4}, 1);
  const Values<4> key({1, 1, 0, 4});
  const Values<4> value({1, 1, 0, 3});
  Values<4> y({1, 1, 2, 3}, -77);
  Values<4> weights({1, 1, 2, 0});
  ASSERT_TRUE(linear_attention(query.view(), key.view(), value.view(), false,
                               {.output = y.result(), .weights = weights.result()}));
  EXPECT_TRUE(std::ranges::all_of(y, [](float number) { return number == 0; }));
}

TEST(LinearAttention, RefusesWhatDoesNotFit) {
  const Values<4> query({1, 2, 3, 4});
  const Values<4> key({1, 2, 5, 4});
  const Values<4> one_head({1, 1, 5, 4});
  Values<4> y({1, 2, 3, 4});
  EXPECT_EQ(
      refusal_of(linear_attention(query.view(), one_head.view(), key.view(), false, {.output = y.result()})).argument,
      "key");
  EXPECT_EQ(
      refusal_of(linear_attention(query.view(), key.view(), one_head.view(), false, {.output = y.result()})).argument,
      "value");
}

}  // namespace
}  // namespace headscope::test
