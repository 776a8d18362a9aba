#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/kernels/bias.hpp"
#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/matrix_product.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/rows.hpp"
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
  constexpr std::size_t height = kernels::panel_rows;
  for (std::size_t rows = 0; rows <= 19; ++rows) {
    for (const std::size_t columns : {0, 1, 4, 7, 16, 35}) {
      const auto source = Values<2>::random({columns, rows}, 2);
      const auto rows_adjacent = Values<2>::random({rows, columns}, 3);
      for (const bool adjacent : {false, true}) {
        const kernels::Matrix matrix{.data = adjacent ? rows_adjacent.data() : source.data(),
                                     .rows = rows,
                                     .columns = columns,
                                     .row_stride = adjacent ? columns : 1,
                                     .column_stride = adjacent ? 1 : rows};
        auto packed = aligned(kernels::packed_panels_size<TypeParam>(rows, columns), nan);
        kernels::pack_panels<TypeParam>(matrix, packed.data());
        for (std::size_t r = 0; r < kernels::round_up(rows, height); ++r) {
          for (std::size_t c = 0; c < columns; ++c) {
            const float expected = r < rows ? matrix.data[r * matrix.row_stride + c * matrix.column_stride] : 0.0f;
            EXPECT_EQ(packed[(r / height * columns + c) * height + r % height], expected);
          }
        }
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
        auto slowly = aligned(height * lanes, accumulate ? 0.5f : nan);
        kernels::outer_product_without_zeros<TypeParam>(left.data(), height, right_aligned.data(), depth, height,
                                                        accumulate, slowly.data());
        EXPECT_EQ(slowly, tile);
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
  kernels::outer_product_without_zeros<TypeParam>(left.data(), 1, right.data(), 2, 1, false, tile.data());
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

TYPED_TEST(Kernels, ABiasIsAddedInUnitsOfLog2AndForbids) {
  constexpr std::size_t lanes = TestFixture::lanes;
  auto scores = aligned(3 * lanes, 1.0f);
  auto bias = aligned(3 * lanes, 0.5f);
  const auto firsts = aligned(lanes, 0.0f);
  auto ends = aligned(lanes, 3.0f);
  scores[0] = nan;
  bias[0] = -infinity;
  bias[1] = bias[lanes + 1] = bias[2 * lanes + 1] = -infinity;
  bias[2] = std::numeric_limits<float>::lowest();
  ends[3] = 2.0f;
  auto allowed = aligned(lanes);
  kernels::apply_bias<TypeParam, true>(scores.data(), bias.data(), 0, 3, firsts.data(), ends.data(), allowed.data());
  EXPECT_EQ(scores[0], -infinity);
  EXPECT_NEAR(scores[lanes], 1.0 + 0.5 / std::log(2.0), 1e-6);
  EXPECT_EQ(scores[2], std::numeric_limits<float>::lowest());
  EXPECT_NE(scores[lanes + 3], -infinity);
  EXPECT_EQ(scores[2 * lanes + 3], -infinity);
  EXPECT_EQ(allowed[0], 1.0f);
  EXPECT_EQ(allowed[1], 0.0f);
}

TYPED_TEST(Kernels, KeysOutsideARangeAreForbiddenWhateverTheyHold) {
  constexpr std::size_t lanes = TestFixture::lanes;
  constexpr std::size_t keys = 7;
  auto scores = aligned(keys * lanes, nan);
  auto firsts = aligned(lanes);
  auto ends = aligned(lanes);
  for (std::size_t l = 0; l < lanes; ++l) {
    firsts[l] = static_cast<float>(l % 4) - 1.0f;
    ends[l] = static_cast<float>(l % 9);
  }
  auto allowed = aligned(lanes);
  kernels::apply_bias<TypeParam, false>(scores.data(), nullptr, 0, keys, firsts.data(), ends.data(), allowed.data());
  for (std::size_t l = 0; l < lanes; ++l) {
    bool any = false;
    for (std::size_t j = 0; j < keys; ++j) {
      const bool reached = static_cast<float>(j) >= firsts[l] && static_cast<float>(j) < ends[l];
      EXPECT_EQ(std::isnan(scores[j * lanes + l]), reached) << "key " << j << ", lane " << l;
      any = any || reached;
    }
    EXPECT_EQ(allowed[l], any ? 1.0f : 0.0f);
  }
}

TYPED_TEST(Kernels, SoftcapBendsScoresOfAnySize) {
  constexpr std::size_t lanes = TestFixture::lanes;
  constexpr double log2e = std::numbers::log2e;
  auto scores = aligned(64 * lanes);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double size = std::pow(10.0, 8.0 * static_cast<double>(i) / static_cast<double>(scores.size()) - 5.0);
    scores[i] = static_cast<float>(i % 2 ? size : -size);
  }
  const auto before = scores;
  kernels::softcap<TypeParam>(scores.data(), scores.size(), 3.0f);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double expected = 3 * log2e * std::tanh(before[i] / (3 * log2e));
    EXPECT_NEAR(scores[i], expected, 6e-7 * std::abs(expected)) << before[i];
  }
  scores[0] = nan;
  scores[1] = -infinity;
  kernels::softcap<TypeParam>(scores.data(), lanes, 3.0f);
  EXPECT_TRUE(std::isnan(scores[0]));
  EXPECT_FLOAT_EQ(scores[1], static_cast<float>(-3 * log2e));
}

TYPED_TEST(Kernels, AlibiFallsWithTheDistance) {
  constexpr std::size_t lanes = TestFixture::lanes;
  auto scores = aligned(5 * lanes, 1.0f);
  auto positions = aligned(lanes);
  for (std::size_t l = 0; l < lanes; ++l) positions[l] = static_cast<float>(l) - 2.0f;
  kernels::add_alibi<TypeParam>(scores.data(), 5, 0.25f, positions.data());
  for (std::size_t l = 0; l < lanes; ++l) {
    for (std::size_t j = 0; j < 5; ++j) {
      const double distance = std::abs(static_cast<double>(positions[l]) - static_cast<double>(j));
      EXPECT_NEAR(scores[j * lanes + l], 1 - 0.25 * distance * std::numbers::log2e, 1e-5);
    }
  }
}

TYPED_TEST(Kernels, ProductsOfARowAgreeWithTheReferenceAtEverySize) {
  for (const std::size_t rows : {0, 1, 7, 8, 9, 16, 37}) {
    for (const std::size_t columns : {0, 1, 3, 4, 15, 16, 33, 64, 71}) {
      const auto matrix = Values<2>::random({rows, columns}, 4, 1, 1);
      const kernels::Matrix view{
          .data = matrix.data(), .rows = rows, .columns = columns, .row_stride = columns, .column_stride = 1};
      const auto row = Values<2>::random({1, columns}, 5, 1, 2);
      Values<2> scores({1, rows}, nan);
      kernels::row_times_transposed<TypeParam>(row.data(), view, scores.data());
      const auto text = shape_text(Extents<2>{rows, columns});
      expect_close(scores, reference::multiply_transposed(as_double(row), as_double(matrix)), text, 4e-6, 1);

      const auto weights = Values<2>::random({1, rows}, 6, 1, 3);
      Values<2> result({1, columns}, nan);
      kernels::row_times<TypeParam>(weights.data(), view, 2.0f, result.data());
      const reference::Matrix expected = 2.0 * reference::multiply(as_double(weights), as_double(matrix));
      expect_close(result, expected, text, 4e-6, 1);
    }
  }
}

TYPED_TEST(Kernels, SoftmaxOfARowSumsUp) {
  for (const std::size_t count : {1, 5, 16, 40}) {
    const std::size_t padded = kernels::padded_row<TypeParam>(count);
    auto scores = aligned(padded, -infinity);
    for (std::size_t j = 0; j < count; ++j) scores[j] = static_cast<float>(j % 7) - 90.0f;
    float maximum = -91.0f;
    float sum = 1.0f;
    kernels::softmax_row<TypeParam>(scores.data(), padded, maximum, sum);
    const double largest = static_cast<double>(std::min<std::size_t>(count - 1, 6)) - 90.0;
    double expected = std::exp2(-91.0 - largest);
    for (std::size_t j = 0; j < count; ++j) expected += std::exp2(static_cast<double>(j % 7) - 90.0 - largest);
    EXPECT_EQ(maximum, largest);
    EXPECT_NEAR(sum, expected, 1e-6 * expected);
    for (std::size_t j = count; j < padded; ++j) EXPECT_EQ(scores[j], 0.0f);
  }
}

TYPED_TEST(Kernels, MatrixProductAgreesWithTheReferenceAtEverySize) {
  for (std::size_t rows = 0; rows <= TestFixture::longest; rows += rows < 10 ? 1 : 5) {
    for (std::size_t in = 0; in <= TestFixture::longest; in += in < 10 ? 1 : 7) {
      for (std::size_t out = 0; out <= TestFixture::longest; out += out < 10 ? 1 : 6) {
        const auto x = Values<2>::random({rows, in}, 6, 1, 1);
        const auto w = Values<2>::random({out, in}, 7, 1, 2);
        auto panels = aligned(kernels::packed_panels_size<TypeParam>(out, in));
        kernels::pack_panels<TypeParam>(
            {.data = w.data(), .rows = out, .columns = in, .row_stride = in, .column_stride = 1}, panels.data());
        auto bias = aligned(kernels::round_up(out, kernels::panel_rows), 0.25f);
        auto workspace = aligned(kernels::matrix_product_workspace<TypeParam>(rows, in));
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
