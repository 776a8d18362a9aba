#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/matrix_product.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/kernels/store_rows.hpp"
#include "headscope/kernels/workspace.hpp"
#include "headscope/reference/attention.hpp"
#include "support/arches.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// Kernels load and store whole registers: their own buffers are aligned.
std::vector<float, xsimd::aligned_allocator<float, 64>> aligned(std::size_t count, float fill = 0) {
  return std::vector<float, xsimd::aligned_allocator<float, 64>>(count, fill);
}

xt::xtensor<double, 2> as_double(const Values<2>& values) {
  return xt::cast<double>(xt::adapt(values.data(), values.size(), xt::no_ownership(), values.shape()));
}

template <class Arch>
class Kernels : public testing::Test {
 protected:
  static constexpr std::size_t lanes = kernels::Lanes<Arch>::count;
  /// Every length from 0 to 4 vector widths + 3.
  static constexpr std::size_t longest = 4 * kernels::Lanes<Arch>::per_register + 3;
};
TYPED_TEST_SUITE(Kernels, Arches);

TYPED_TEST(Kernels, PackLanesTransposesScalesAndPads) {
  constexpr std::size_t lanes = TestFixture::lanes;
  for (std::size_t rows = 1; rows <= TestFixture::longest; ++rows) {
    const auto source = Values<2>::random({rows, 5}, 1, 1, rows % 4);
    const kernels::Matrix matrix{
        .data = source.data(), .rows = rows, .columns = 5, .row_stride = 5, .column_stride = 1};
    for (std::size_t first = 0; first < rows; first += lanes) {
      auto packed = aligned(5 * lanes, nan);
      kernels::pack_lanes<TypeParam>(matrix, first, 2.0f, packed.data());
      for (std::size_t c = 0; c < 5; ++c) {
        for (std::size_t r = 0; r < lanes; ++r) {
          EXPECT_EQ(packed[c * lanes + r], first + r < rows ? 2.0f * source[(first + r) * 5 + c] : 0.0f);
        }
      }
    }
  }
}

TYPED_TEST(Kernels, PackPanelsReadsAnyStridesAndPads) {
  for (std::size_t rows = 0; rows <= 19; ++rows) {
    const auto source = Values<2>::random({4, rows}, 2);
    const kernels::Matrix transposed{
        .data = source.data(), .rows = rows, .columns = 4, .row_stride = 1, .column_stride = rows};
    auto packed = aligned(kernels::packed_panels_size(rows, 4), nan);
    kernels::pack_panels(transposed, packed.data());
    for (std::size_t r = 0; r < kernels::round_up(rows, 6); ++r) {
      for (std::size_t c = 0; c < 4; ++c) {
        EXPECT_EQ(packed[(r / 6 * 4 + c) * 6 + r % 6], r < rows ? source[c * rows + r] : 0.0f);
      }
    }
  }
}

TYPED_TEST(Kernels, OuterProductAgreesWithTheReferenceAtEveryHeightAndDepth) {
  constexpr std::size_t lanes = TestFixture::lanes;
  for (std::size_t depth = 0; depth <= TestFixture::longest; ++depth) {
    for (std::size_t height = 0; height <= 14; ++height) {
      const auto left = Values<2>::random({depth, height}, 3, 1, 1);
      const auto right = Values<2>::random({depth, lanes}, 4);
      auto right_aligned = aligned(right.size());
      std::copy(right.begin(), right.end(), right_aligned.begin());
      for (const bool accumulate : {false, true}) {
        auto tile = aligned(height * lanes, accumulate ? 0.5f : nan);
        kernels::outer_product<TypeParam>(left.data(), height, right_aligned.data(), depth, height, accumulate,
                                          tile.data());
        const xt::xtensor<double, 2> expected =
            reference::multiply(xt::transpose(as_double(left)), as_double(right)) + (accumulate ? 0.5 : 0.0);
        expect_close(tile, expected, "depth " + std::to_string(depth) + " height " + std::to_string(height));
      }
    }
  }
}

TYPED_TEST(Kernels, AZeroWeightSkipsItsValueOnlyWhereAsked) {
  constexpr std::size_t lanes = TestFixture::lanes;
  const std::vector<float> left{nan, 3.0f};
  auto right = aligned(2 * lanes, 1.0f);
  std::fill_n(right.begin(), lanes, 0.0f);
  auto tile = aligned(lanes);
  kernels::outer_product_tile<TypeParam, 1, kernels::ZeroWeight::skips>(left.data(), 1, right.data(), 2, false,
                                                                        tile.data());
  for (const float value : tile) EXPECT_EQ(value, 3.0f);
  kernels::outer_product_tile<TypeParam, 1>(left.data(), 1, right.data(), 2, false, tile.data());
  for (const float value : tile) EXPECT_TRUE(std::isnan(value));
}

TYPED_TEST(Kernels, StoreRowsTurnsLanesIntoRowsOfAnyLength) {
  constexpr std::size_t lanes = TestFixture::lanes;
  for (std::size_t columns = 0; columns <= TestFixture::longest; ++columns) {
    for (std::size_t rows = 1; rows <= lanes; ++rows) {
      auto tile = aligned(columns * lanes);
      for (std::size_t i = 0; i < tile.size(); ++i) tile[i] = static_cast<float>(i);
      auto factors = aligned(lanes, 2.0f);
      factors[0] = 0.0f;
      for (std::size_t c = 0; c < columns; ++c) tile[c * lanes] = nan;
      Values<2> stored({rows, columns + 1}, -1, columns % 3);
      kernels::store_rows<TypeParam>(tile.data(), columns, factors.data(), rows, stored.data(), columns + 1);
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
          EXPECT_EQ(stored[r * (columns + 1) + c], r == 0 ? 0.0f : 2.0f * static_cast<float>(c * lanes + r));
        }
        EXPECT_EQ(stored[r * (columns + 1) + columns], -1.0f) << "wrote behind a row";
      }
    }
  }
}

TYPED_TEST(Kernels, OnlineSoftmaxOverBlocksIsTheSoftmaxOfTheWholeRow) {
  constexpr std::size_t lanes = TestFixture::lanes;
  for (std::size_t keys = 1; keys <= TestFixture::longest; ++keys) {
    for (std::size_t block = 1; block <= keys; block += 3) {
      const auto scores = Values<2>::random({keys, lanes}, 5, 20);
      auto work = aligned(scores.size());
      std::copy(scores.begin(), scores.end(), work.begin());
      auto maximum = aligned(lanes, -infinity);
      auto sum = aligned(lanes);
      auto rescale = aligned(lanes);
      for (std::size_t first = 0; first < keys; first += block) {
        const std::size_t count = std::min(block, keys - first);
        kernels::online_softmax<TypeParam>(work.data() + first * lanes, count, maximum.data(), sum.data(),
                                           rescale.data());
        for (std::size_t i = 0; i < first * lanes; ++i) work[i] *= rescale[i % lanes];
      }
      for (std::size_t i = 0; i < work.size(); ++i) work[i] /= sum[i % lanes];
      const xt::xtensor<double, 2> exponentials = xt::exp2(as_double(scores) - xt::amax(as_double(scores), {0}));
      const xt::xtensor<double, 2> expected = exponentials / xt::sum(exponentials, {0});
      expect_close(work, expected, std::to_string(keys) + " keys in blocks of " + std::to_string(block));
    }
  }
}

TYPED_TEST(Kernels, AForbiddingBiasWinsOverAnyScore) {
  constexpr std::size_t lanes = TestFixture::lanes;
  auto scores = aligned(2 * lanes, 1.0f);
  auto bias = aligned(2 * lanes, 0.5f);
  scores[0] = nan;
  bias[0] = -infinity;
  bias[1] = bias[lanes + 1] = -infinity;
  auto allowed = aligned(lanes);
  kernels::add_bias<TypeParam>(scores.data(), bias.data(), 2, allowed.data());
  EXPECT_EQ(scores[0], -infinity);
  EXPECT_EQ(scores[lanes], 1.5f);
  EXPECT_EQ(allowed[0], 1.0f);
  EXPECT_EQ(allowed[1], 0.0f);
}

TYPED_TEST(Kernels, MatrixProductAgreesWithTheReferenceAtEverySize) {
  for (std::size_t rows = 0; rows <= TestFixture::longest; rows += rows < 10 ? 1 : 5) {
    for (std::size_t in = 0; in <= TestFixture::longest; in += in < 10 ? 1 : 7) {
      for (std::size_t out = 0; out <= TestFixture::longest; out += out < 10 ? 1 : 6) {
        const auto x = Values<2>::random({rows, in}, 6, 1, 1);
        const auto w = Values<2>::random({out, in}, 7, 1, 2);
        auto panels = aligned(kernels::packed_panels_size(out, in));
        kernels::pack_panels({.data = w.data(), .rows = out, .columns = in, .row_stride = in, .column_stride = 1},
                             panels.data());
        auto bias = aligned(kernels::round_up(out, 6), 0.25f);
        auto workspace = aligned(kernels::matrix_product_workspace<TypeParam>(in, out));
        Values<2> y({rows, out}, nan, 3);
        kernels::matrix_product<TypeParam>(
            {.data = x.data(), .rows = rows, .columns = in, .row_stride = in, .column_stride = 1}, 1.0f,
            {.panels = panels.data(), .bias = bias.data(), .in = in, .out = out}, y.data(), out, workspace.data());
        const xt::xtensor<double, 1> expected_bias = 0.25 * xt::ones<double>({out});
        expect_close(y, reference::linear(as_double(x), as_double(w), expected_bias),
                     shape_text(Extents<3>{rows, in, out}), 4e-6, 1);
      }
    }
  }
}

TEST(Workspace, ReportsThatMemoryCannotBeHad) {
  const auto refused = kernels::allocate_floats(std::numeric_limits<std::size_t>::max() / 8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, StatusCode::OutOfMemory);
  EXPECT_FALSE(kernels::allocate_floats(std::numeric_limits<std::size_t>::max()));
}

}  // namespace
}  // namespace headscope::test
