#include "support/tensors.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace headscope::test {

template <std::size_t N>
Values<N> Values<N>::random(const Extents<N>& shape, unsigned seed, float spread, std::size_t offset) {
  Values values(shape, 0, offset);
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, spread);
  for (float& value : values) value = normal(generator);
  return values;
}

template class Values<1>;
template class Values<2>;
template class Values<3>;
template class Values<4>;

void expect_doubles_within(const std::vector<double>& got, const std::vector<double>& expected, const std::string& what,
                           double absolute, double relative) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double g = got[i];
    const double e = expected[i];
    const bool same = std::isnan(e)   ? std::isnan(g)
                      : std::isinf(e) ? g == e
                                      : std::abs(g - e) <= absolute + relative * std::abs(e);
    ASSERT_TRUE(same) << what << "[" << i << "]: expected " << e << ", got " << g << " (tolerance " << absolute << " + "
                      << relative << "|expected|)";
  }
}

void expect_doubles_close(const std::vector<double>& got, const std::vector<double>& expected, const std::string& what,
                          double tolerance, double at_least) {
  double largest = at_least;
  for (const double value : expected) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  expect_doubles_within(got, expected, what, tolerance * largest, 0);
}

}  // namespace headscope::test
