#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/layers/s2_attention.hpp"
#include "headscope/layers/spatial_shift.hpp"
#include "headscope/layers/split_attention.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

using Shift = Result<void> (*)(const TensorView<const float, 4>&, ShiftSource, TensorView<float, 4>);
constexpr Shift shifts[] = {spatial_shift1, spatial_shift2};

Values<4> shifted(Shift shift, const Values<4>& x, ShiftSource source) {
  Values<4> y(x.shape(), -77);
  EXPECT_TRUE(shift(x.view(), source, y.result()));
  return y;
}

Status refusal_of(const auto& result) {
  EXPECT_FALSE(result);
  return result ? Status{} : result.error();
}

/// The parameters of S²-attention under their names.
StateDict s2_parameters(std::size_t channels, const std::string& prefix = "") {
  StateDict state_dict;
  const auto add = [&](const std::string& name, std::size_t out, unsigned seed) {
    const auto weight = Values<2>::random({out, channels}, seed, 0.5f);
    EXPECT_TRUE(state_dict.add(prefix + name, weight.shape(), weight.data()));
  };
  add("mlp1.weight", 3 * channels, 1);
  add("mlp2.weight", channels, 2);
  add("split_attention.mlp1.weight", channels, 3);
  add("split_attention.mlp2.weight", 3 * channels, 4);
  return state_dict;
}

TEST(SpatialShift, MovesFourGroupsOfOneRow) {
  // (1, 1, 3, 4): along h the third channel moves up and the fourth down, or the first and the second.
  Values<4> x({1, 1, 3, 4});
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  const auto expect = [&](Shift shift, ShiftSource source, const std::vector<float>& expected) {
    EXPECT_TRUE(std::ranges::equal(shifted(shift, x, source), expected));
  };
  expect(spatial_shift1, ShiftSource::unmodified, {0, 1, 2, 7, 4, 5, 2, 11, 8, 9, 6, 11});
  expect(spatial_shift2, ShiftSource::unmodified, {0, 5, 2, 3, 0, 9, 6, 7, 4, 9, 10, 11});
  expect(spatial_shift1, ShiftSource::in_place, {0, 1, 2, 7, 4, 5, 2, 11, 8, 9, 2, 11});
  expect(spatial_shift2, ShiftSource::in_place, {0, 5, 2, 3, 0, 9, 6, 7, 0, 9, 10, 11});
}

TEST(SpatialShift, InPlaceIsTheSameWhereNothingIsReadAfterItWasWritten) {
  for (const Extents<4>& shape : {Extents<4>{2, 1, 1, 8}, {1, 2, 1, 5}, {1, 1, 2, 7}, {3, 2, 2, 4}}) {
    const auto x = Values<4>::random(shape, 5);
    for (const Shift shift : shifts) {
      EXPECT_TRUE(
          std::ranges::equal(shifted(shift, x, ShiftSource::unmodified), shifted(shift, x, ShiftSource::in_place)))
          << shape_text(shape);
    }
  }
}

TEST(SpatialShift, DiffersInPlaceFromThreeOnAxis) {
  const auto x = Values<4>::random({1, 3, 3, 4}, 6);
  for (const Shift shift : shifts) {
    EXPECT_FALSE(
        std::ranges::equal(shifted(shift, x, ShiftSource::unmodified), shifted(shift, x, ShiftSource::in_place)));
  }
}

TEST(SpatialShift, TakesNothingAndRefusesOtherShapes) {
  const Values<4> none({2, 0, 3, 4});
  Values<4> y({2, 0, 3, 4});
  EXPECT_TRUE(spatial_shift1(none.view(), ShiftSource::unmodified, y.result()));
  Values<4> other({2, 1, 3, 4});
  const auto status = refusal_of(spatial_shift2(none.view(), ShiftSource::unmodified, other.result()));
  EXPECT_EQ(status.argument, "y");
  EXPECT_EQ(status.expected, "shape (2, 0, 3, 4)");
  EXPECT_EQ(status.got, "(2, 1, 3, 4)");
}

TEST(SplitAttention, WeightsSumToOneAndPositionsMayBePermuted) {
  StateDict state_dict;
  const auto mlp1 = Values<2>::random({5, 5}, 1, 0.3f);
  const auto mlp2 = Values<2>::random({20, 5}, 2, 0.3f);
  ASSERT_TRUE(state_dict.add("mlp1.weight", mlp1.shape(), mlp1.data()));
  ASSERT_TRUE(state_dict.add("mlp2.weight", mlp2.shape(), mlp2.data()));
  const auto layer = SplitAttention::create(Parameters(state_dict));
  ASSERT_TRUE(layer);
  EXPECT_EQ(layer->branches(), 4u);
  const auto x = Values<4>::random({1, 4, 6, 5}, 3);
  Values<4> reversed(x.shape());
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t n = 0; n < 6; ++n) std::copy_n(&x.view()(0, k, n, 0), 5, &reversed.result()(0, k, 5 - n, 0));
  }
  Captures captures({"weights"});
  Values<3> y({1, 6, 5});
  Values<3> z({1, 6, 5});
  ASSERT_TRUE(layer->forward(x.view(), y.result(), CaptureScope(captures)));
  Captures none;
  ASSERT_TRUE(layer->forward(reversed.view(), z.result(), CaptureScope(none)));
  for (std::size_t n = 0; n < 6; ++n) {
    const std::vector<float> row(y.data() + n * 5, y.data() + n * 5 + 5);
    expect_within(std::vector<float>(z.data() + (5 - n) * 5, z.data() + (5 - n) * 5 + 5), row, "row", 1e-5, 0);
  }
  const float* const weights = captures.entries().at(0).data.get();
  for (std::size_t c = 0; c < 5; ++c) {
    EXPECT_NEAR(weights[c] + weights[5 + c] + weights[10 + c] + weights[15 + c], 1, 1e-6);
  }
}

TEST(SplitAttention, RefusesNoBranchesAndWhatDoesNotFit) {
  const Values<2> square({4, 4});
  const auto refuse_second = [&](const Values<2>& mlp2) {
    StateDict state_dict;
    EXPECT_TRUE(state_dict.add("a.mlp1.weight", square.shape(), square.data()));
    EXPECT_TRUE(state_dict.add("a.mlp2.weight", mlp2.shape(), mlp2.data()));
    return refusal_of(SplitAttention::create(Parameters(state_dict, "a.")));
  };
  auto status = refuse_second(Values<2>({0, 4}));
  EXPECT_EQ(status.argument, "a.mlp2.weight");
  EXPECT_EQ(status.expected, "shape (k 4, 4) of at least one branch");
  EXPECT_EQ(status.got, "(0, 4)");
  EXPECT_EQ(refuse_second(Values<2>({6, 4})).got, "(6, 4)");
  EXPECT_EQ(refuse_second(Values<2>({8, 3})).argument, "a.mlp2.weight");

  StateDict empty;
  status = refusal_of(SplitAttention::create(Parameters(empty)));
  EXPECT_EQ(status.argument, "mlp1.weight");
  EXPECT_EQ(status.got, "none");
}

TEST(SplitAttention, TakesNoPositions) {
  StateDict state_dict = s2_parameters(3);
  const auto layer = SplitAttention::create(Parameters(state_dict, "split_attention."));
  ASSERT_TRUE(layer);
  const Values<4> x({2, 3, 0, 3});
  Values<3> y({2, 0, 3});
  Captures captures({"*"});
  ASSERT_TRUE(layer->forward(x.view(), y.result(), CaptureScope(captures)));
  const auto& weights = captures.entries().at(0);
  expect_close(std::vector<float>(weights.data.get(), weights.data.get() + 18), std::vector<double>(18, 1.0 / 3),
               "weights");
}

TEST(S2Attention, TreatsEachImageForItself) {
  const StateDict state_dict = s2_parameters(6, "block.");
  const auto layer = S2Attention::create(Parameters(state_dict, "block."));
  ASSERT_TRUE(layer);
  const auto two = Values<4>::random({2, 6, 3, 4}, 7);
  Values<4> together(two.shape());
  Captures none;
  ASSERT_TRUE(layer->forward(two.view(), ShiftSource::unmodified, together.result(), CaptureScope(none)));
  Values<4> alone({1, 6, 3, 4});
  ASSERT_TRUE(layer->forward(view_of<const float, 4>(two.data() + 72, alone.shape()), ShiftSource::unmodified,
                             alone.result(), CaptureScope(none)));
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), together.data() + 72));
}

/// What the paper writes one after the other is computed as one product: here are the steps, with as many positions and
/// channels as go beyond every block.
TEST(S2Attention, IsItsStepsOneAfterTheOther) {
  for (const auto& [channels, width, height] :
       {Extents<3>{1, 2, 3}, {3, 1, 5}, {6, 5, 1}, {7, 17, 19}, {20, 3, 50}, {33, 11, 13}, {110, 9, 4}}) {
    for (const auto source : {ShiftSource::unmodified, ShiftSource::in_place}) {
      const std::string what = shape_text(Extents<3>{channels, width, height});
      StateDict state_dict = s2_parameters(channels);
      // So small that no branch outweighs all others: sums over all positions are what the weights come from.
      const std::size_t n = width * height;
      const auto bias = Values<1>::random({3 * channels}, 8, 1 / static_cast<float>(n));
      ASSERT_TRUE(state_dict.add("mlp1.bias", bias.shape(), bias.data()));
      const auto x = Values<4>::random({2, channels, width, height}, 9, 1 / static_cast<float>(channels));
      Values<4> output(x.shape(), nan);
      Captures captures({"*"});
      const auto layer = S2Attention::create(Parameters(state_dict));
      ASSERT_TRUE(layer);
      ASSERT_TRUE(layer->forward(x.view(), source, output.result(), CaptureScope(captures)));

      const auto mlp1 = Parameters(state_dict).linear("mlp1");
      const auto split_attention = SplitAttention::create(Parameters(state_dict, "split_attention."));
      const auto mlp2 = Parameters(state_dict).linear("mlp2");
      ASSERT_TRUE(mlp1 && split_attention && mlp2);
      for (std::size_t b = 0; b < 2; ++b) {
        Values<2> rows({n, channels});
        for (std::size_t i = 0; i < rows.size(); ++i) {
          rows[i] = x[(b * channels + i % channels) * n + i / channels];
        }
        Values<2> mixed({n, 3 * channels});
        ASSERT_TRUE(mlp1->forward(rows.view(), mixed.result()));
        Values<4> branches({3, width, height, channels});
        for (std::size_t k = 0; k < 3; ++k) {
          Values<4> branch({1, width, height, channels});
          for (std::size_t i = 0; i < branch.size(); ++i) {
            branch[i] = mixed[i / channels * 3 * channels + k * channels + i % channels];
          }
          if (k < 2) branch = shifted(shifts[k], branch, source);
          std::ranges::copy(branch, branches.data() + k * n * channels);
        }
        Values<3> weighed({1, n, channels});
        Captures steps({"weights"});
        ASSERT_TRUE(split_attention->forward(view_of<const float, 4>(branches.data(), {1, 3, n, channels}),
                                             weighed.result(), CaptureScope(steps)));
        Values<2> expected({n, channels});
        ASSERT_TRUE(mlp2->forward(view_of<const float, 2>(weighed.data(), {n, channels}), expected.result()));
        const auto of_image = [&](std::size_t entry, std::size_t count) {
          const float* const data = captures.entries().at(entry).data.get() + b * count;
          return std::vector<float>(data, data + count);
        };
        expect_close(of_image(0, mixed.size()), mixed, what + " mlp1");
        expect_close(of_image(1, n * channels), std::vector<float>(branches.data(), branches.data() + n * channels),
                     what + " spatial_shift1");
        expect_close(of_image(3, 3 * channels),
                     std::vector<float>(steps.entries()[0].data.get(), steps.entries()[0].data.get() + 3 * channels),
                     what + " weights", 2e-5);
        expect_close(of_image(4, n * channels), weighed, what + " output", 2e-5);
        expect_close(of_image(5, n * channels), expected, what + " mlp2", 2e-5);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          rows[i] = output[(b * channels + i % channels) * n + i / channels];
        }
        expect_close(rows, expected, what, 2e-5);
      }
    }
  }
}

TEST(S2Attention, TakesImagesWithoutPixelsAndRefusesOtherChannels) {
  const StateDict state_dict = s2_parameters(4);
  const auto layer = S2Attention::create(Parameters(state_dict));
  ASSERT_TRUE(layer);
  Captures captures({"*"});
  const Values<4> none({1, 4, 0, 3});
  Values<4> nothing({1, 4, 0, 3});
  EXPECT_TRUE(layer->forward(none.view(), ShiftSource::unmodified, nothing.result(), CaptureScope(captures)));
  EXPECT_TRUE(captures.entries().empty());

  const Values<4> other({1, 5, 2, 3});
  Values<4> result({1, 5, 2, 3});
  const auto status =
      refusal_of(layer->forward(other.view(), ShiftSource::unmodified, result.result(), CaptureScope(captures)));
  EXPECT_EQ(status.argument, "x");
  EXPECT_EQ(status.expected, "shape (1, 4, 2, 3)");
  EXPECT_EQ(status.got, "(1, 5, 2, 3)");
}

TEST(S2Attention, RefusesOtherNumbersOfBranches) {
  StateDict state_dict;
  const Values<2> square({4, 4});
  const Values<2> two_branches({8, 4});
  ASSERT_TRUE(state_dict.add("split_attention.mlp1.weight", square.shape(), square.data()));
  ASSERT_TRUE(state_dict.add("split_attention.mlp2.weight", two_branches.shape(), two_branches.data()));
  const auto status = refusal_of(S2Attention::create(Parameters(state_dict)));
  EXPECT_EQ(status.argument, "split_attention.mlp2.weight");
  EXPECT_EQ(status.expected, "shape (12, 4)");
  EXPECT_EQ(status.got, "(8, 4)");
}

}  // namespace
}  // namespace headscope::test
