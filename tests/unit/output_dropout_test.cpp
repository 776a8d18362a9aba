#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/multihead_attention.hpp"
#include "headscope/reference/attention.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

struct Patches {
  Values<2> qkv = Values<2>::random({18, 5}, 1);
  Values<2> weight = Values<2>::random({5, 6}, 2);
  Values<1> bias = Values<1>::random({5}, 3);
  Values<3> x = Values<3>::random({4, 7, 5}, 4);

  Result<MultiHeadAttention> layer() const {
    return MultiHeadAttention::create_patch_attention(
        {.qkv = qkv.view(), .output = LinearParameters{.weight = weight.view(), .bias = bias.view()}}, 2, 3);
  }

  Values<3> output(const Dropout& dropout) const {
    Values<3> y({4, 7, 5}, -77);
    EXPECT_TRUE(layer()->forward(x.view(), x.view(), x.view(), {.output_dropout = dropout}, y.result(), std::nullopt));
    return y;
  }
};

TEST(OutputDropout, DropsWhatTheOutputProjectionGives) {
  const Patches patches;
  const auto whole = patches.output({});
  const auto dropped = patches.output({.probability = 0.4f, .seed = 11});
  std::vector<double> expected;
  std::size_t zeros = 0;
  for (std::size_t row = 0; row < 4; ++row) {
    const auto factors = reference::dropout_factors(7, 5, static_cast<double>(0.4f), 11, row, 0);
    for (std::size_t i = 0; i < 35; ++i) {
      expected.push_back(static_cast<double>(whole[expected.size()]) * factors.data()[i]);
      zeros += factors.data()[i] == 0 ? 1 : 0;
    }
  }
  expect_close(dropped, expected, "output");
  EXPECT_GT(zeros, 35u);
  EXPECT_LT(zeros, 105u);
}

TEST(OutputDropout, IsNothingWithoutAnOutputProjection) {
  const auto qkv = Values<2>::random({15, 5}, 1);
  const auto layer = MultiHeadAttention::create_patch_attention({.qkv = qkv.view()}, 1, 5);
  ASSERT_TRUE(layer);
  const auto x = Values<3>::random({2, 3, 5}, 2);
  Values<3> plain({2, 3, 5});
  Values<3> training({2, 3, 5});
  ASSERT_TRUE(layer->forward(x.view(), x.view(), x.view(), {}, plain.result(), std::nullopt));
  ASSERT_TRUE(layer->forward(x.view(), x.view(), x.view(), {.output_dropout = {.probability = 0.5f, .seed = 1}},
                             training.result(), std::nullopt));
  EXPECT_TRUE(std::equal(plain.begin(), plain.end(), training.begin()));
}

TEST(OutputDropout, RefusesWhatIsNoProbability) {
  const Patches patches;
  Values<3> y({4, 7, 5});
  const auto result = patches.layer()->forward(patches.x.view(), patches.x.view(), patches.x.view(),
                                               {.output_dropout = {.probability = 1}}, y.result(), std::nullopt);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().argument, "outputDropout");
  EXPECT_EQ(result.error().got, "1 or more");
}

}  // namespace
}  // namespace headscope::test
