#include "headscope/layers/initialisation.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace headscope::test {
namespace {

using enum InitialisationScheme;

std::vector<float> initialised(const std::string& name, const std::vector<std::size_t>& shape,
                               const Initialisation& how) {
  std::vector<float> values(product(shape), -77);
  EXPECT_TRUE(initialise(name, shape, how, values.data()));
  return values;
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
  double largest = 0;
};

Moments moments_of(const std::vector<float>& values) {
  Moments moments;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) moments.mean += static_cast<double>(value) / count;
  for (const float value : values) {
    const double square = std::pow(static_cast<double>(value) - moments.mean, 2);
    moments.variance += square / count;
    moments.kurtosis += square * square / count;
    moments.largest = std::max(moments.largest, std::abs(static_cast<double>(value)));
  }
  moments.kurtosis /= moments.variance * moments.variance;
  return moments;
}

struct Formula {
  InitialisationScheme scheme;
  std::optional<float> gain;
  double deviation;  ///< as the documentation of torch.nn.init has it
  bool is_uniform;
};

TEST(Initialisation, HasTheMomentsAndBoundsOfTorch) {
  // (200, 300): fan_in 300, fan_out 200.
  const double xavier = std::sqrt(2.0 / 500);
  for (const auto& [scheme, gain, deviation, is_uniform] :
       {Formula{xavier_uniform, {}, xavier, true}, Formula{xavier_normal, {}, xavier, false},
        Formula{xavier_uniform, 2.0f, 2 * xavier, true}, Formula{kaiming_uniform, {}, std::sqrt(2.0 / 300), true},
        Formula{kaiming_normal, {}, std::sqrt(2.0 / 300), false},
        Formula{kaiming_normal, 1.0f, std::sqrt(1.0 / 300), false}}) {
    const auto moments = moments_of(initialised("weight", {200, 300}, {.scheme = scheme, .seed = 3, .gain = gain}));
    // 60000 draws: five standard errors of each moment.
    EXPECT_NEAR(moments.mean, 0, 5 * deviation / std::sqrt(60000.0));
    EXPECT_NEAR(moments.variance / (deviation * deviation), 1, 5 * std::sqrt(2.0 / 60000));
    EXPECT_NEAR(moments.kurtosis, is_uniform ? 1.8 : 3.0, 0.1);
    if (is_uniform) {
      const double bound = std::sqrt(3.0) * deviation;
      EXPECT_LE(moments.largest, bound * (1 + 1e-6));
      EXPECT_GT(moments.largest, 0.999 * bound);
    } else {
      EXPECT_GT(moments.largest, 3.5 * deviation);
    }
  }
}

TEST(Initialisation, CountsTheReceptiveFieldOfAConvolution) {
  // (64, 32, 3, 3): fan_in 288, fan_out 576.
  const auto moments = moments_of(initialised("conv.weight", {64, 32, 3, 3}, {.scheme = xavier_uniform, .seed = 1}));
  const double bound = std::sqrt(6.0 / (288 + 576));
  EXPECT_LE(moments.largest, bound * (1 + 1e-6));
  EXPECT_GT(moments.largest, 0.999 * bound);
}

TEST(Initialisation, NormalHasItsMeanAndDeviation) {
  const auto moments = moments_of(
      initialised("weight", {100, 300}, {.scheme = normal, .seed = 9, .mean = 2, .standard_deviation = 0.5f}));
  EXPECT_NEAR(moments.mean, 2, 0.02);
  EXPECT_NEAR(moments.variance, 0.25, 0.01);
}

TEST(Initialisation, ParametersOfOneDimensionAreScalesAndBiases) {
  EXPECT_EQ(initialised("norm1.weight", {3}, {.scheme = normal, .seed = 1}), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(initialised("norm1.bias", {2}, {.scheme = normal, .seed = 1}), (std::vector<float>{0, 0}));
}

TEST(Initialisation, EveryNameAndSeedHasNumbersOfItsOwn) {
  const auto base = initialised("a.weight", {8, 8}, {.seed = 1});
  EXPECT_EQ(initialised("a.weight", {8, 8}, {.seed = 1}), base);
  EXPECT_NE(initialised("b.weight", {8, 8}, {.seed = 1}), base);
  EXPECT_NE(initialised("a.weight", {8, 8}, {.seed = 2}), base);
  EXPECT_EQ(initialised("a.weight", {8, 0}, {.seed = 1}), std::vector<float>());
  // A longer parameter with the same fans' sum begins alike: elements depend on their index alone.
  const auto other = initialised("a.weight", {12, 4}, {.seed = 1});
  EXPECT_TRUE(std::equal(other.begin(), other.end(), base.begin()));
}

TEST(Initialisation, RefusesWhatIsNoNumber) {
  float value = 0;
  const std::vector<std::size_t> shape{1, 1};
  const auto status_of = [&](const Initialisation& how) {
    const auto result = initialise("w", shape, how, &value);
    EXPECT_FALSE(result);
    return result ? Status{} : result.error();
  };
  EXPECT_EQ(status_of({.gain = nan}).argument, "gain");
  EXPECT_EQ(status_of({.mean = infinity}).argument, "mean");
  EXPECT_EQ(status_of({.standard_deviation = -1}).argument, "std");
}

}  // namespace
}  // namespace headscope::test
