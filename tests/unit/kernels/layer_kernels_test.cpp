#include <cmath>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/kernels/activation.hpp"
#include "headscope/kernels/image_lanes.hpp"
#include "headscope/kernels/layer_norm.hpp"
#include "headscope/kernels/matrix_product.hpp"
#include "support/arches.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

using Aligned = std::vector<float, xsimd::aligned_allocator<float, 64>>;

template <class Arch>
class LayerKernels : public testing::Test {
 protected:
  static constexpr std::size_t longest = 4 * kernels::Lanes<Arch>::per_register + 3;
};
TYPED_TEST_SUITE(LayerKernels, Arches);

/// weight and bias of 0.5 + c / 8 and c / 4 - 1, in double.
std::vector<double> layer_norm_in_double(const Values<1>& x, double epsilon) {
  const auto count = static_cast<double>(x.size());
  double mean = 0;
  for (const float value : x) mean += static_cast<double>(value) / count;
  double variance = 0;
  for (const float value : x) variance += std::pow(static_cast<double>(value) - mean, 2) / count;
  std::vector<double> y;
  for (const float value : x) {
    const auto c = static_cast<double>(y.size());
    y.push_back((static_cast<double>(value) - mean) / std::sqrt(variance + epsilon) * (0.5 + c / 8) + c / 4 - 1);
  }
  return y;
}

TYPED_TEST(LayerKernels, LayerNormAgreesWithTheFormulaAtEveryLength) {
  for (const float offset : {0.0f, 100.0f}) {
    for (std::size_t dim = 1; dim <= 5 * TestFixture::longest; dim += dim < TestFixture::longest ? 1 : 7) {
      auto x = Values<1>::random({dim}, 3, 2, 1);
      for (float& value : x) value += offset;
      Values<1> weight({dim});
      Values<1> bias({dim}, 0, 2);
      for (std::size_t c = 0; c < dim; ++c) {
        weight[c] = 0.5f + static_cast<float>(c) / 8;
        bias[c] = static_cast<float>(c) / 4 - 1;
      }
      const auto expected = layer_norm_in_double(x, 1e-5);
      Values<1> y({dim}, nan, 3);
      const kernels::Affine affine{.weight = weight.data(), .bias = bias.data()};
      kernels::layer_norm_row<TypeParam>(x.data(), dim, 1e-5f, affine, y.data());
      // The mean of numbers around 100 has an error of some 1e-5 itself.
      const double tolerance = offset > 0 ? 5e-5 : 4e-6;
      expect_close(y, expected, "dim " + std::to_string(dim), tolerance, 1);
      kernels::layer_norm_row<TypeParam>(x.data(), dim, 1e-5f, affine, x.data());
      expect_close(x, expected, "in place, dim " + std::to_string(dim), tolerance, 1);
    }
  }
}

TYPED_TEST(LayerKernels, ActivationsAgreeWithTheirFormulas) {
  for (std::size_t count = 0; count <= TestFixture::longest; ++count) {
    const auto x = Values<1>::random({count}, 4, 3, 1);
    std::vector<double> relu;
    std::vector<double> gelu;
    for (const float value : x) {
      const auto v = static_cast<double>(value);
      relu.push_back(std::max(v, 0.0));
      gelu.push_back(v * 0.5 * std::erfc(-v / std::sqrt(2.0)));
    }
    auto y = x;
    kernels::relu<TypeParam>(y.data(), count);
    expect_close(y, relu, "relu", 0);
    y = x;
    kernels::gelu<TypeParam>(y.data(), count);
    expect_within(y, gelu, "gelu", 4e-7, 3e-7);
    y = x;
    kernels::add<TypeParam>(x.data(), count, y.data());
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(y[i], 2 * x[i]);
  }
}

TYPED_TEST(LayerKernels, GeluIsPreciseEverywhereAndKeepsNaN) {
  std::vector<float> x;
  for (int i = -20000; i <= 20000; ++i) x.push_back(static_cast<float>(i) / 1000);
  auto y = x;
  kernels::gelu<TypeParam>(y.data(), y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto v = static_cast<double>(x[i]);
    const double expected = v * 0.5 * std::erfc(-v / std::sqrt(2.0));
    ASSERT_NEAR(static_cast<double>(y[i]), expected, 4e-7 + 3e-7 * std::abs(expected)) << x[i];
  }
  std::vector<float> special{nan, infinity, 0, -1e30f, 1e30f};
  kernels::gelu<TypeParam>(special.data(), special.size());
  EXPECT_TRUE(std::isnan(special[0]));
  EXPECT_EQ(special[1], infinity);
  EXPECT_EQ(special[2], 0);
  EXPECT_EQ(special[3], 0);
  EXPECT_EQ(special[4], 1e30f);
  kernels::relu<TypeParam>(special.data(), 1);
  EXPECT_TRUE(std::isnan(special[0]));
}

TYPED_TEST(LayerKernels, LanesComeFromAnywhereInAnImageAndGoBackWhereTheyBelong) {
  constexpr std::size_t lanes = kernels::Lanes<TypeParam>::count;
  constexpr std::size_t channels = 3;
  constexpr std::size_t positions = 2 * lanes + 3;
  const auto image = Values<2>::random({channels, positions}, 8, 1, 1);
  for (std::size_t count = 0; count <= lanes; ++count) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
      std::vector<std::size_t> origins(count);
      for (std::size_t l = 0; l < count; ++l) origins[l] = 1 + l * step;
      if (step == 2 && count > 1) origins[0] = origins[1];
      Aligned strip(channels * lanes, nan);
      kernels::gather_lanes<TypeParam>(image.data(), channels, positions, std::span(origins), strip.data());
      for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t l = 0; l < lanes; ++l) {
          EXPECT_EQ(strip[c * lanes + l], l < count ? image[c * positions + origins[l]] : 0) << c << " " << l;
        }
      }
    }
    Aligned strip(channels * lanes, 2);
    Values<2> target({channels, positions}, -7, 2);
    kernels::scatter_lanes<TypeParam>(strip.data(), channels, positions, count, target.data() + 3);
    for (std::size_t i = 0; i < target.size(); ++i) {
      const std::size_t position = i % positions;
      EXPECT_EQ(target[i], position >= 3 && position < 3 + count ? 2 : -7) << count << " " << i;
    }
  }
}

/// Beyond the rows, panels and depth that are taken at a time, against sums in double.
TYPED_TEST(LayerKernels, MatrixProductsOfAnySizeAreTheSameForEveryNumberOfRows) {
  const std::size_t rows = kernels::product_rows + 3;
  const std::size_t in = 2 * kernels::product_depth + 5;
  const std::size_t out = 2 * kernels::product_panels * kernels::panel_rows + 1;
  const auto x = Values<2>::random({rows, in}, 6);
  const auto w = Values<2>::random({out, in}, 7);
  Aligned panels(kernels::packed_panels_size<TypeParam>(out, in));
  kernels::pack_panels<TypeParam>({.data = w.data(), .rows = out, .columns = in, .row_stride = in, .column_stride = 1},
                                  panels.data());
  Aligned bias(kernels::round_up(out, kernels::panel_rows), 0.25f);
  const auto product_of = [&](std::size_t first, std::size_t count) {
    Aligned workspace(kernels::matrix_product_workspace<TypeParam>(count, in));
    Values<2> y({count, out}, nan);
    kernels::matrix_product<TypeParam>(
        {.data = x.data() + first * in, .rows = count, .columns = in, .row_stride = in, .column_stride = 1}, 0.5f,
        {.panels = panels.data(), .bias = bias.data(), .in = in, .out = out}, y.data(), out, workspace.data());
    return y;
  };
  const auto y = product_of(0, rows);
  std::vector<double> expected;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t o = 0; o < out; ++o) {
      double sum = 0.25;
      for (std::size_t k = 0; k < in; ++k) {
        sum += 0.5 * static_cast<double>(x[i * in + k]) * static_cast<double>(w[o * in + k]);
      }
      expected.push_back(sum);
    }
  }
  expect_close(y, expected, "product");
  for (const std::size_t row : {std::size_t{0}, std::size_t{77}, rows - 1}) {
    const auto alone = product_of(row, 1);
    for (std::size_t o = 0; o < out; ++o) EXPECT_EQ(alone[o], y[row * out + o]) << row << " " << o;
  }
}

}  // namespace
}  // namespace headscope::test
