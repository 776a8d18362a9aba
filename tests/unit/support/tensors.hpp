#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/tensor.hpp"

namespace headscope::test {

inline constexpr float nan = std::numeric_limits<float>::quiet_NaN();
inline constexpr float infinity = std::numeric_limits<float>::infinity();

inline std::size_t product(const auto& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

/// Owns a row-major tensor, whose first element lies `offset` floats behind an aligned address.
template <std::size_t N>
class Values {
 public:
  explicit Values(const Extents<N>& shape, float fill = 0, std::size_t offset = 0)
      : shape_(shape), offset_(offset), data_(offset + product(shape), fill) {}

  static Values random(const Extents<N>& shape, unsigned seed, float spread = 1, std::size_t offset = 0) {
    Values values(shape, 0, offset);
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, spread);
    for (float& value : values) value = normal(generator);
    return values;
  }

  const Extents<N>& shape() const { return shape_; }
  float* data() { return data_.data() + offset_; }
  const float* data() const { return data_.data() + offset_; }
  std::size_t size() const { return data_.size() - offset_; }
  float* begin() { return data(); }
  float* end() { return data() + size(); }
  const float* begin() const { return data(); }
  const float* end() const { return data() + size(); }
  float& operator[](std::size_t i) { return data()[i]; }
  float operator[](std::size_t i) const { return data()[i]; }

  TensorView<const float, N> view() const { return view_of<const float, N>(data(), shape_); }
  TensorView<float, N> result() { return view_of<float, N>(data(), shape_); }

 private:
  Extents<N> shape_;
  std::size_t offset_;
  std::vector<float> data_;
};

/// Every value within the tolerance of what is expected; NaN where NaN and infinite where infinite is expected.
inline void expect_within(const auto& got, const auto& expected, const std::string& what, double absolute,
                          double relative) {
  ASSERT_EQ(std::size(got), std::size(expected)) << what;
  std::size_t i = 0;
  auto g = std::begin(got);
  for (const auto value : expected) {
    const auto e = static_cast<double>(value);
    const auto actual = static_cast<double>(*g++);
    const bool same = std::isnan(e)   ? std::isnan(actual)
                      : std::isinf(e) ? actual == e
                                      : std::abs(actual - e) <= absolute + relative * std::abs(e);
    ASSERT_TRUE(same) << what << "[" << i << "]: expected " << e << ", got " << actual << " (tolerance " << absolute
                      << " + " << relative << "|expected|)";
    ++i;
  }
}

/// Every value within tolerance * max|expected| of what is expected; NaN where NaN and infinite where infinite is
/// expected. `at_least` is the magnitude below which the tolerance does not shrink further.
inline void expect_close(const auto& got, const auto& expected, const std::string& what, double tolerance = 4e-6,
                         double at_least = 0) {
  double largest = at_least;
  for (const auto value : expected) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  expect_within(got, expected, what, tolerance * largest, 0);
}

}  // namespace headscope::test
