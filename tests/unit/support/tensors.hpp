#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

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

  static Values random(const Extents<N>& shape, unsigned seed, float spread = 1, std::size_t offset = 0);

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

// Written once, in tensors.cpp.
extern template class Values<1>;
extern template class Values<2>;
extern template class Values<3>;
extern template class Values<4>;

/// What is compared is compared as a list of doubles: nothing else of a test is compiled for each kind of tensor.
std::vector<double> doubles(const auto& values) {
  std::vector<double> list;
  for (const auto value : values) list.push_back(static_cast<double>(value));
  return list;
}

void expect_doubles_within(const std::vector<double>& got, const std::vector<double>& expected, const std::string& what,
                           double absolute, double relative);
void expect_doubles_close(const std::vector<double>& got, const std::vector<double>& expected, const std::string& what,
                          double tolerance, double at_least);

/// Every value within the tolerance of what is expected; NaN where NaN and infinite where infinite is expected.
void expect_within(const auto& got, const auto& expected, const std::string& what, double absolute, double relative) {
  expect_doubles_within(doubles(got), doubles(expected), what, absolute, relative);
}

/// Every value within tolerance * max|expected| of what is expected; NaN where NaN and infinite where infinite is
/// expected. `at_least` is the magnitude below which the tolerance does not shrink further.
void expect_close(const auto& got, const auto& expected, const std::string& what, double tolerance = 4e-6,
                  double at_least = 0) {
  expect_doubles_close(doubles(got), doubles(expected), what, tolerance, at_least);
}

}  // namespace headscope::test
