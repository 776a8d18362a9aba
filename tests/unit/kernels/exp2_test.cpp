#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "headscope/simd.hpp"
#include "support/arches.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

template <class Arch>
class Exp2 : public testing::Test {
 protected:
  static float exp2(float x) { return simd::exp2(xsimd::batch<float, Arch>(x)).get(0); }
};
TYPED_TEST_SUITE(Exp2, Arches);

TYPED_TEST(Exp2, IsWithinItsErrorOnTheWholeRange) {
  double worst = 0;
  for (double x = -125.99; x <= 1; x += 0.000137) {
    const auto rounded = static_cast<float>(x);
    const double expected = std::exp2(static_cast<double>(rounded));
    worst = std::max(worst, std::abs(this->exp2(rounded) / expected - 1));
  }
  EXPECT_LT(worst, 2e-7);
  EXPECT_GT(worst, 0) << "a polynomial of degree five is not exact";
}

TYPED_TEST(Exp2, IsExactAtZero) { EXPECT_EQ(this->exp2(0.0f), 1.0f); }

TYPED_TEST(Exp2, IsZeroBelowTheSmallestNormalNumber) {
  EXPECT_EQ(this->exp2(-126.5f), 0.0f);
  EXPECT_EQ(this->exp2(-1e30f), 0.0f);
  EXPECT_EQ(this->exp2(std::numeric_limits<float>::lowest()), 0.0f);
  EXPECT_EQ(this->exp2(-infinity), 0.0f);
}

TYPED_TEST(Exp2, KeepsNanWhateverItsPayload) {
  for (const std::uint32_t bits : {0x7fc00000u, 0xffc00000u, 0x7fffffffu, 0x7fc00155u}) {
    EXPECT_TRUE(std::isnan(this->exp2(std::bit_cast<float>(bits)))) << std::hex << bits;
  }
}

}  // namespace
}  // namespace headscope::test
