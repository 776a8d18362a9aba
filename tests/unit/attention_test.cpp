#include "headscope/reference/attention.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "headscope/attention/attend.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "support/arches.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

struct Problem {
  Extents<2> batch_heads{1, 1};
  std::size_t queries = 1;
  std::size_t keys = 1;
  std::size_t depth = 1;
  std::size_t value_depth = 1;
  std::size_t offset = 0;  ///< floats by which every tensor is off an aligned address
  float spread = 1;

  std::string text() const {
    return shape_text(Extents<4>{batch_heads[0], batch_heads[1], queries, depth}) + " keys " + std::to_string(keys) +
           " values " + std::to_string(value_depth) + " offset " + std::to_string(offset);
  }
};

/// Inputs, and room for what attention makes of them.
struct Tensors {
  explicit Tensors(const Problem& p)
      : query(Values<4>::random({p.batch_heads[0], p.batch_heads[1], p.queries, p.depth}, 11, p.spread, p.offset)),
        key(Values<4>::random({p.batch_heads[0], p.batch_heads[1], p.keys, p.depth}, 12, p.spread, p.offset)),
        value(Values<4>::random({p.batch_heads[0], p.batch_heads[1], p.keys, p.value_depth}, 13, 1, p.offset)),
        output({p.batch_heads[0], p.batch_heads[1], p.queries, p.value_depth}, -77, p.offset),
        weights({p.batch_heads[0], p.batch_heads[1], p.queries, p.keys}, -77, p.offset),
        log_sum_exp({p.batch_heads[0], p.batch_heads[1], p.queries}, -77, p.offset) {}

  Result<void> attend(const AttentionOptions& options) {
    return scaled_dot_product_attention(
        query.view(), key.view(), value.view(), options,
        {.output = output.result(), .weights = weights.result(), .log_sum_exp = log_sum_exp.result()});
  }

  Result<void> attend_output_only(const AttentionOptions& options) {
    return scaled_dot_product_attention(query.view(), key.view(), value.view(), options, {.output = output.result()});
  }

  Values<4> query;
  Values<4> key;
  Values<4> value;
  Values<4> output;
  Values<4> weights;
  Values<3> log_sum_exp;
};

reference::Matrix head_of(const Values<4>& tensor, std::size_t batch, std::size_t head) {
  const auto [batches, heads, rows, columns] = tensor.shape();
  const float* const data = tensor.data() + (batch * heads + head) * rows * columns;
  return xt::cast<double>(xt::adapt(data, rows * columns, xt::no_ownership(), Extents<2>{rows, columns}));
}

/// The bias of a mask at (b, h, i, j), written down once more without strides.
double bias_at(const AttentionOptions& options, std::size_t b, std::size_t h, std::size_t i, std::size_t j) {
  double bias = options.causal && j > i ? -INFINITY : 0;
  const auto pick = [&](const auto& view) {
    const auto& shape = view.shape();
    return view(shape[0] == 1 ? 0 : b, shape[1] == 1 ? 0 : h, shape[2] == 1 ? 0 : i, shape[3] == 1 ? 0 : j);
  };
  if (const auto* boolean = std::get_if<BooleanMask>(&options.mask)) bias += pick(boolean->allowed) ? 0 : -INFINITY;
  if (const auto* additive = std::get_if<AdditiveMask>(&options.mask))
    bias += static_cast<double>(pick(additive->bias));
  return bias;
}

/// Compares all results with the reference, with the weights asked for and without. A row's rounding error grows with
/// its scores, which are in the exponent.
void expect_reference(const Problem& problem, const AttentionOptions& options, double tolerance = 4e-6) {
  SCOPED_TRACE(problem.text());
  Tensors tensors(problem);
  ASSERT_TRUE(tensors.attend(options));
  Values<4> alone = tensors.output;
  std::vector<double> output;
  std::vector<double> weights;
  std::vector<double> log_sum_exp;
  for (std::size_t b = 0; b < problem.batch_heads[0]; ++b) {
    for (std::size_t h = 0; h < problem.batch_heads[1]; ++h) {
      reference::Matrix bias = xt::zeros<double>({problem.queries, problem.keys});
      for (std::size_t i = 0; i < problem.queries; ++i) {
        for (std::size_t j = 0; j < problem.keys; ++j) bias(i, j) = bias_at(options, b, h, i, j);
      }
      const double scale = options.scale.value_or(static_cast<float>(reference::default_scale(problem.depth)));
      const auto expected = reference::attention(head_of(tensors.query, b, h), head_of(tensors.key, b, h),
                                                 head_of(tensors.value, b, h), scale, bias);
      output.insert(output.end(), expected.output.begin(), expected.output.end());
      weights.insert(weights.end(), expected.weights.begin(), expected.weights.end());
      log_sum_exp.insert(log_sum_exp.end(), expected.log_sum_exp.begin(), expected.log_sum_exp.end());
    }
  }
  expect_close(tensors.output, output, "output", tolerance);
  expect_close(tensors.weights, weights, "weights", tolerance);
  expect_close(tensors.log_sum_exp, log_sum_exp, "log-sum-exp", tolerance, 1);

  ASSERT_TRUE(tensors.attend_output_only(options));
  expect_close(tensors.output, output, "output without weights", tolerance);
}

constexpr std::size_t width = kernels::Lanes<xsimd::default_arch>::per_register;
constexpr std::size_t longest = 4 * width + 3;

TEST(Attention, AgreesWithTheReferenceAtEveryLength) {
  for (std::size_t length = 0; length <= longest; ++length) {
    for (const std::size_t offset : {0, 1}) {
      expect_reference({.queries = length, .keys = 7, .depth = 5, .value_depth = 3, .offset = offset}, {});
      expect_reference({.queries = 3, .keys = length, .depth = 5, .value_depth = 3, .offset = offset}, {});
      expect_reference({.queries = 3, .keys = 7, .depth = length, .value_depth = 3, .offset = offset}, {});
      expect_reference({.queries = 3, .keys = 7, .depth = 5, .value_depth = length, .offset = offset}, {});
      expect_reference({.queries = length, .keys = length, .depth = 4, .value_depth = 4, .offset = offset},
                       {.causal = true});
    }
  }
}

TEST(Attention, AgreesWithTheReferenceAtRealSizes) {
  expect_reference({.batch_heads = {2, 3}, .queries = 197, .keys = 197, .depth = 64, .value_depth = 64}, {});
  expect_reference({.batch_heads = {1, 2}, .queries = 300, .keys = 300, .depth = 64, .value_depth = 64},
                   {.causal = true});
  expect_reference({.queries = 33, .keys = 1027, .depth = 80, .value_depth = 40}, {});
  expect_reference({.queries = 20, .keys = 500, .depth = 64, .value_depth = 64, .spread = 3}, {}, 4e-5);
  expect_reference({.queries = 40, .keys = 50, .depth = 256, .value_depth = 256}, {.scale = 0.5f}, 2e-5);
}

TEST(Attention, ScaleIsAnyNumber) {
  for (const float scale : {0.0f, 1.0f, -0.7f, 3.0f}) {
    expect_reference({.queries = 9, .keys = 11, .depth = 8, .value_depth = 8}, {.scale = scale}, 2e-5);
  }
}

TEST(Attention, CausalWithMoreKeysOrMoreQueries) {
  expect_reference({.queries = 5, .keys = 300, .depth = 8, .value_depth = 8}, {.causal = true});
  expect_reference({.queries = 300, .keys = 5, .depth = 8, .value_depth = 8}, {.causal = true});
}

TEST(Attention, MasksAreBroadcastFromEveryShape) {
  const Problem problem{.batch_heads = {2, 3}, .queries = 10, .keys = 250, .depth = 8, .value_depth = 5};
  for (unsigned broadcast = 0; broadcast < 16; ++broadcast) {
    const Extents<4> full{2, 3, 10, 250};
    Extents<4> shape;
    for (std::size_t axis = 0; axis < 4; ++axis) shape[axis] = broadcast >> axis & 1 ? 1 : full[axis];
    const auto bias = Values<4>::random(shape, broadcast + 20);
    expect_reference(problem, {.mask = AdditiveMask{bias.view()}});
    std::vector<std::uint8_t> allowed(bias.size());
    for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] = bias[i] > 0 ? 2 : 0;
    const BooleanMask mask{view_of<const std::uint8_t, 4>(allowed.data(), shape)};
    expect_reference(problem, {.mask = mask});
    expect_reference(problem, {.causal = true, .mask = mask});
  }
}

TEST(Attention, TheLowestFloatForbidsNothingWhereItIsEverywhere) {
  // Many write "almost forbidden" that way; a row of nothing else is uniform, not empty.
  const Values<4> bias({1, 1, 1, 6}, std::numeric_limits<float>::lowest());
  Tensors tensors({.queries = 2, .keys = 6, .depth = 4, .value_depth = 4});
  ASSERT_TRUE(tensors.attend({.mask = AdditiveMask{bias.view()}}));
  for (const float weight : tensors.weights) EXPECT_NEAR(weight, 1.0 / 6, 1e-6);
}

TEST(Attention, ARowWithoutAllowedKeysIsZero) {
  const std::vector<std::uint8_t> allowed{1, 1, 0, 0, 0, 0, 0, 1};
  const BooleanMask mask{view_of<const std::uint8_t, 4>(allowed.data(), {1, 1, 4, 2})};
  expect_reference({.queries = 4, .keys = 2, .depth = 3, .value_depth = 3}, {.mask = mask});
  Tensors tensors({.queries = 4, .keys = 2, .depth = 3, .value_depth = 3});
  tensors.value[0] = nan;
  ASSERT_TRUE(tensors.attend({.mask = mask}));
  for (std::size_t i = 3; i < 9; ++i) EXPECT_EQ(tensors.output[i], 0.0f);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(tensors.weights[i], 0.0f);
  EXPECT_EQ(tensors.log_sum_exp[1], -infinity);
}

TEST(Attention, WithoutKeysTheOutputIsZero) {
  Tensors tensors({.queries = 3, .keys = 0, .depth = 4, .value_depth = 2});
  ASSERT_TRUE(tensors.attend({}));
  for (const float value : tensors.output) EXPECT_EQ(value, 0.0f);
  for (const float value : tensors.log_sum_exp) EXPECT_EQ(value, -infinity);
}

TEST(Attention, EmptyBatchesHeadsAndQueriesGiveEmptyResults) {
  for (const Problem& problem :
       {Problem{.batch_heads = {0, 2}}, Problem{.batch_heads = {2, 0}}, Problem{.queries = 0}}) {
    Tensors tensors(problem);
    EXPECT_TRUE(tensors.attend({})) << problem.text();
    EXPECT_EQ(tensors.output.size(), 0u);
  }
}

TEST(Attention, NanStaysInItsRow) {
  Tensors tensors({.queries = 9, .keys = 5, .depth = 4, .value_depth = 3});
  tensors.query[2 * 4 + 1] = nan;
  ASSERT_TRUE(tensors.attend({}));
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(std::isnan(tensors.output[i * 3]), i == 2) << i;
    EXPECT_EQ(std::isnan(tensors.weights[i * 5]), i == 2) << i;
  }
}

TEST(Attention, NanInAKeyOrValueReachesEveryQueryThatMayAttendToIt) {
  for (const bool in_key : {true, false}) {
    for (const bool causal : {true, false}) {
      Tensors tensors({.queries = 20, .keys = 20, .depth = 4, .value_depth = 4});
      (in_key ? tensors.key : tensors.value)[11 * 4] = nan;
      ASSERT_TRUE(tensors.attend({.causal = causal}));
      for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_EQ(std::isnan(tensors.output[i * 4]), !causal || i >= 11) << "query " << i << " causal " << causal;
      }
      ASSERT_TRUE(tensors.attend_output_only({.causal = causal}));
      for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(std::isnan(tensors.output[i * 4]), !causal || i >= 11);
    }
  }
}

TEST(Attention, AMaskedKeyMayHoldAnything) {
  std::vector<std::uint8_t> allowed(600, 1);
  for (std::size_t j = 100; j < 500; ++j) allowed[j] = 0;
  const BooleanMask mask{view_of<const std::uint8_t, 4>(allowed.data(), {1, 1, 1, 600})};
  Tensors clean({.queries = 3, .keys = 600, .depth = 4, .value_depth = 4});
  Tensors padded = clean;
  for (std::size_t i = 100 * 4; i < 500 * 4; ++i) padded.key[i] = padded.value[i] = i % 2 ? nan : infinity;
  ASSERT_TRUE(clean.attend_output_only({.mask = mask}));
  ASSERT_TRUE(padded.attend_output_only({.mask = mask}));
  expect_close(padded.output, clean.output, "output");
  ASSERT_TRUE(padded.attend({.mask = mask}));
  expect_close(padded.output, clean.output, "output with weights");
}

TEST(Attention, InfiniteScoresFollowIeee) {
  // An infinite score gives NaN (inf - inf), as softmax does everywhere; scores that are all -inf without a mask as
  // well.
  for (const float score : {infinity, -infinity}) {
    Tensors tensors({.queries = 1, .keys = 2, .depth = 1, .value_depth = 1});
    tensors.query[0] = 1;
    tensors.key[0] = tensors.key[1] = score;
    ASSERT_TRUE(tensors.attend({}));
    EXPECT_TRUE(std::isnan(tensors.weights[0]));
    EXPECT_TRUE(std::isnan(tensors.output[0]));
  }
  // One score of -inf among others is a weight of zero.
  Tensors tensors({.queries = 1, .keys = 2, .depth = 1, .value_depth = 1});
  tensors.query[0] = 1;
  tensors.key[0] = -infinity;
  ASSERT_TRUE(tensors.attend({}));
  EXPECT_EQ(tensors.weights[0], 0.0f);
  EXPECT_EQ(tensors.weights[1], 1.0f);
}

TEST(Attention, ReadsViewsWithAnyStrides) {
  // Heads side by side in a row, as projections leave them: (B, L, H D) seen as (B, H, L, D).
  Tensors plain({.batch_heads = {1, 2}, .queries = 5, .keys = 5, .depth = 3, .value_depth = 3});
  const auto interleave = [](const Values<4>& source) {
    Values<3> rows({1, 5, 6});
    for (std::size_t h = 0; h < 2; ++h) {
      for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t d = 0; d < 3; ++d) rows[i * 6 + h * 3 + d] = source[(h * 5 + i) * 3 + d];
      }
    }
    return rows;
  };
  const auto query = interleave(plain.query);
  const auto key = interleave(plain.key);
  const auto value = interleave(plain.value);
  const auto strided = [](const Values<3>& rows) {
    return view_of<const float, 4>(rows.data(), {1, 2, 5, 3}, {30, 3, 6, 1});
  };
  Values<4> output({1, 2, 5, 3});
  ASSERT_TRUE(
      scaled_dot_product_attention(strided(query), strided(key), strided(value), {}, {.output = output.result()}));
  ASSERT_TRUE(plain.attend_output_only({}));
  expect_close(output, plain.output, "output", 0);
}

template <class Arch>
class AttendOnArch : public testing::Test {};
TYPED_TEST_SUITE(AttendOnArch, Arches);

TYPED_TEST(AttendOnArch, AgreesWithTheReference) {
  for (std::size_t length = 1; length <= 4 * kernels::Lanes<TypeParam>::per_register + 3; ++length) {
    Tensors tensors({.queries = length, .keys = length, .depth = 6, .value_depth = 7});
    const AttentionTensors views{.query = tensors.query.view(),
                                 .key = tensors.key.view(),
                                 .value = tensors.value.view(),
                                 .options = {.causal = true},
                                 .results = {.output = tensors.output.result(),
                                             .weights = tensors.weights.result(),
                                             .log_sum_exp = tensors.log_sum_exp.result()}};
    Attend<TypeParam> attend(views);
    ASSERT_TRUE(attend.allocate());
    attend.run(0, 0);
    const auto expected =
        reference::attention(head_of(tensors.query, 0, 0), head_of(tensors.key, 0, 0), head_of(tensors.value, 0, 0),
                             reference::default_scale(6), reference::causal_bias(length, length));
    expect_close(tensors.output, expected.output, "output");
    expect_close(tensors.weights, expected.weights, "weights");
  }
}

struct Refusal {
  StatusCode code;
  std::string argument;
  std::string expected;
  std::string got;
};

void expect_refused(const Result<void>& result, const Refusal& refusal) {
  ASSERT_FALSE(result);
  EXPECT_EQ(status_code_name(result.error().code), status_code_name(refusal.code));
  EXPECT_EQ(result.error().argument, refusal.argument);
  EXPECT_EQ(result.error().expected, refusal.expected);
  EXPECT_EQ(result.error().got, refusal.got);
}

TEST(AttentionBoundary, RefusesWhatDoesNotFitAndTouchesNothing) {
  using enum StatusCode;
  const Problem problem{.batch_heads = {1, 2}, .queries = 3, .keys = 4, .depth = 5, .value_depth = 6};
  Tensors t(problem);
  const auto attend = [&](Values<4>& query, Values<4>& key, Values<4>& value, Values<4>& output, Values<4>& weights,
                          Values<3>& log_sum_exp, const AttentionOptions& options = {}) {
    const auto result = scaled_dot_product_attention(
        query.view(), key.view(), value.view(), options,
        {.output = output.result(), .weights = weights.result(), .log_sum_exp = log_sum_exp.result()});
    EXPECT_TRUE(std::ranges::all_of(output, [](float x) { return x == -77; }));
    return result;
  };
  Values<4> other_depth({1, 2, 4, 7});
  Values<4> other_heads({1, 3, 4, 5});
  Values<4> other_length({1, 2, 5, 6});
  Values<4> other_output({1, 2, 3, 5}, -77);
  Values<4> other_weights({1, 2, 4, 3});
  Values<3> other_rows({1, 2, 4});
  expect_refused(attend(t.query, other_depth, t.value, t.output, t.weights, t.log_sum_exp),
                 {InvalidShape, "key", "shape (1, 2, 4, 5)", "(1, 2, 4, 7)"});
  expect_refused(attend(t.query, other_heads, t.value, t.output, t.weights, t.log_sum_exp),
                 {InvalidShape, "key", "a number of heads that divides the query's 2", "3"});
  expect_refused(attend(t.query, t.key, other_length, t.output, t.weights, t.log_sum_exp),
                 {InvalidShape, "value", "shape (1, 2, 4, 6)", "(1, 2, 5, 6)"});
  expect_refused(attend(t.query, t.key, t.value, other_output, t.weights, t.log_sum_exp),
                 {InvalidShape, "output", "shape (1, 2, 3, 6)", "(1, 2, 3, 5)"});
  expect_refused(attend(t.query, t.key, t.value, t.output, other_weights, t.log_sum_exp),
                 {InvalidShape, "weights", "shape (1, 2, 3, 4)", "(1, 2, 4, 3)"});
  expect_refused(attend(t.query, t.key, t.value, t.output, t.weights, other_rows),
                 {InvalidShape, "logSumExp", "shape (1, 2, 3)", "(1, 2, 4)"});
  const Values<4> mask({1, 2, 3, 3});
  expect_refused(
      attend(t.query, t.key, t.value, t.output, t.weights, t.log_sum_exp, {.mask = AdditiveMask{mask.view()}}),
      {InvalidShape, "mask", "a shape that broadcasts to (1, 2, 3, 4)", "(1, 2, 3, 3)"});
  expect_refused(attend(t.query, t.key, t.value, t.output, t.weights, t.log_sum_exp, {.scale = nan}),
                 {InvalidArgument, "scale", "a finite number", "NaN"});
}

TEST(AttentionBoundary, ReportsWorkingMemoryThatCannotBeHad) {
  // Strides of 0 let a view claim a shape that no memory holds; packed, that depth is more than can be addressed.
  const float zero = 0;
  Values<4> value({1, 1, 1, 1});
  Values<4> output({1, 1, 8, 1});
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max() / 64;
  const auto query = view_of<const float, 4>(&zero, {1, 1, 8, huge}, {0, 0, 0, 0});
  const auto key = view_of<const float, 4>(&zero, {1, 1, 1, huge}, {0, 0, 0, 0});
  const auto result = scaled_dot_product_attention(query, key, value.view(), {}, {.output = output.result()});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, StatusCode::OutOfMemory);
}

TEST(AttentionBoundary, RefusesMoreTokensThanItCanNumber) {
  const float zero = 0;
  Values<4> output({1, 1, 1, 1});
  constexpr std::size_t many = std::size_t{1} << 30;
  const auto key = view_of<const float, 4>(&zero, {1, 1, many, 1}, {0, 0, 0, 0});
  const auto query = view_of<const float, 4>(&zero, {1, 1, 1, 1}, {0, 0, 0, 0});
  expect_refused(scaled_dot_product_attention(query, key, key, {}, {.output = output.result()}),
                 {StatusCode::TooLarge, "key", "at most 1073741823 tokens", "1073741824"});
}

TEST(AttentionBoundary, RefusesOptionsThatMakeNoSense) {
  using enum StatusCode;
  Tensors t({.batch_heads = {2, 4}, .queries = 3, .keys = 4, .depth = 5, .value_depth = 6});
  const std::array<std::int32_t, 3> lengths{1, 2, 5};
  const std::array<std::int32_t, 2> negative{-1, 2};
  const std::array<std::int32_t, 2> short_ones{2, 3};
  const Values<1> slopes({3});
  const Values<4> mask({1, 1, 1, 2});
  const auto refused = [&](const AttentionOptions& options, const Refusal& refusal) {
    expect_refused(t.attend(options), refusal);
  };
  const auto view = [](const auto& array, std::size_t count) {
    return view_of<const std::int32_t, 1>(array.data(), {count});
  };
  refused({.softcap = -1}, {InvalidArgument, "softcap", "a finite number of at least 0", "a negative number"});
  refused({.softcap = nan}, {InvalidArgument, "softcap", "a finite number of at least 0", "NaN"});
  refused({.softcap = infinity}, {InvalidArgument, "softcap", "a finite number of at least 0", "an infinity"});
  refused({.dropout = {.probability = 1}},
          {InvalidArgument, "dropout", "a probability of at least 0 and below 1", "1 or more"});
  refused({.dropout = {.probability = nan}},
          {InvalidArgument, "dropout", "a probability of at least 0 and below 1", "NaN"});
  refused({.first_positions = view(lengths, 3)}, {InvalidShape, "firstPositions", "shape (2)", "(3)"});
  refused({.key_lengths = view(lengths, 3)}, {InvalidShape, "keyLengths", "shape (2)", "(3)"});
  refused({.key_lengths = view_of<const std::int32_t, 1>(lengths.data() + 1, {2})},
          {InvalidArgument, "keyLengths", "lengths from 0 to 4", "5"});
  refused({.key_lengths = view(negative, 2)}, {InvalidArgument, "keyLengths", "lengths from 0 to 4", "-1"});
  refused({.alibi_slopes = slopes.view()}, {InvalidShape, "alibi", "shape (4)", "(3)"});
  refused({.sinks = slopes.view()}, {InvalidShape, "sinks", "shape (4)", "(3)"});
  // A mask may end with the longest length, not before.
  refused({.key_lengths = view(short_ones, 2), .mask = AdditiveMask{mask.view()}},
          {InvalidShape, "mask", "a shape that broadcasts to (2, 4, 3, 4)", "(1, 1, 1, 2)"});
}

TEST(Shapes, CountElementsUnlessMemoryCannotHoldThem) {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(element_count<float>(Extents<3>{2, 3, 4}), 24u);
  EXPECT_EQ(element_count<float>(Extents<2>{0, most}), 0u);
  EXPECT_EQ(element_count<float>(Extents<2>{most, 0}), 0u);
  EXPECT_FALSE(element_count<float>(Extents<1>{most}));
  EXPECT_FALSE(element_count<float>(Extents<2>{most / 2, 3}));
  EXPECT_FALSE(element_count<float>(Extents<3>{most / 4, most / 4, most / 4}));
}

}  // namespace
}  // namespace headscope::test
