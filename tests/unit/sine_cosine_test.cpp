#include "headscope/attention/sine_cosine.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

namespace headscope::test {
namespace {

void expect_as_in_the_library(double x) {
  const auto [sine, cosine] = sine_cosine(x);
  EXPECT_NEAR(sine, std::sin(x), 3e-16) << x;
  EXPECT_NEAR(cosine, std::cos(x), 3e-16) << x;
}

TEST(SineCosine, AreThoseOfTheLibraryAsFarAsPositionsGo) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> mantissa(1, 2);
  for (int exponent = -30; exponent < 31; ++exponent) {
    for (int i = 0; i < 200; ++i) expect_as_in_the_library(std::ldexp(mantissa(random), exponent) * (i % 2 ? 1 : -1));
  }
  // Where they are 0 or the quadrant changes, and the next numbers on both sides.
  for (double n = 1; n < 0x1p32; n = std::floor(n * 1.5 + 1)) {
    for (const double x : {n * std::numbers::pi / 2, n * std::numbers::pi / 4}) {
      for (const double there : {0.0, x, 1e300}) expect_as_in_the_library(std::nextafter(x, there));
    }
  }
  EXPECT_EQ(sine_cosine(0.0), std::pair(0.0, 1.0));
}

TEST(SineCosine, GiveUpBeyondThatAndAreNaNOfWhatIsNoAngle) {
  EXPECT_EQ(sine_cosine(0x1p40), std::pair(0.0, 1.0));
  EXPECT_EQ(sine_cosine(-1e300), std::pair(0.0, 1.0));
  for (const double none : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_TRUE(std::isnan(sine_cosine(none).first));
    EXPECT_TRUE(std::isnan(sine_cosine(none).second));
  }
}

}  // namespace
}  // namespace headscope::test
