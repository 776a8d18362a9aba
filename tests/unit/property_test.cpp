// Attention with random shapes and options: that it agrees with the reference, and that it obeys its laws.
//
// Every call has a seed, which a failure names; --gtest_random_seed=SEED (or GTEST_RANDOM_SEED) begins with it.
// HEADSCOPE_PROPERTY_RUNS multiplies the runs, for hours of them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "support/random_call.hpp"
#include "support/reference.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// Makes `runs` random calls, until one fails; of up to four times as many queries, where a least number is given.
void for_random_calls(int runs, const std::function<void(Draw&, Call)>& check, std::size_t least_queries = 0) {
  const auto given = static_cast<std::uint32_t>(GTEST_FLAG_GET(random_seed));
  const std::uint32_t first = given != 0 ? given : std::random_device()() % 1'000'000'000 + 1;
  if (const char* const factor = std::getenv("HEADSCOPE_PROPERTY_RUNS")) runs *= std::max(1, std::atoi(factor));
  std::printf("%d random calls from seed %u on\n", runs, first);
  for (int run = 0; run < runs && !testing::Test::HasFailure(); ++run) {
    const std::uint32_t seed = first + static_cast<std::uint32_t>(run);
    Draw draw(seed);
    Call call =
        least_queries > 0 ? random_call(draw, draw.between(least_queries, 4 * least_queries)) : random_call(draw);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + text_of(call));
    check(draw, std::move(call));
  }
}

struct Outcome {
  Values<4> output;
  Values<4> weights;
  Values<3> log_sum_exp;
  Values<4> scores;
};

enum class Wanted { output, everything };

Outcome attend(Call& call, Wanted wanted = Wanted::everything, ScoreStage stage = ScoreStage::biased) {
  Outcome outcome{.output = Values<4>({call.batches(), call.heads(), call.queries(), call.value.shape()[3]}, -77),
                  .weights = Values<4>(call.square(), -77),
                  .log_sum_exp = Values<3>({call.batches(), call.heads(), call.queries()}, -77),
                  .scores = Values<4>(call.square(), -77)};
  AttentionResults results{.output = outcome.output.result()};
  if (wanted == Wanted::everything) {
    results.weights = outcome.weights.result();
    results.log_sum_exp = outcome.log_sum_exp.result();
    results.scores = ScoreResult{.stage = stage, .scores = outcome.scores.result()};
  }
  const auto done =
      scaled_dot_product_attention(call.query.view(), call.key.view(), call.value.view(), call.options(), results);
  EXPECT_TRUE(done) << done.error().argument << ": expected " << done.error().expected << ", got " << done.error().got;
  return outcome;
}

ExpectedAttention expected(Call& call) {
  return expected_attention(call.query.view(), call.key.view(), call.value.view(), call.options());
}

/// Outputs are compared at the scale of the values, since they may cancel, and weights at that of a flat row, since a
/// sink may leave next to nothing. A weight is exp(score - log-sum-exp): its relative error is the absolute error of
/// these, which grows with them.
double tolerance_of(const ExpectedAttention& expected) {
  double largest = 4;
  for (const auto* values : {&expected.scores[0], &expected.log_sum_exp}) {
    for (const double value : *values) {
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    }
  }
  return 1e-6 * largest;
}

/// `count` indices of one axis, from `first` on. Where the tensor is broadcast along it, it is as it was.
Values<4> slice(const Values<4>& whole, std::size_t axis, std::size_t first, std::size_t count,
                bool broadcast = false) {
  Extents<4> shape = whole.shape();
  if (broadcast && shape[axis] == 1) return whole;
  const std::size_t inner = std::accumulate(shape.begin() + axis + 1, shape.end(), std::size_t{1}, std::multiplies<>());
  const std::size_t outer = std::accumulate(shape.begin(), shape.begin() + axis, std::size_t{1}, std::multiplies<>());
  const std::size_t extent = std::exchange(shape[axis], count);
  Values<4> part(shape);
  for (std::size_t i = 0; i < outer; ++i) {
    std::copy_n(whole.begin() + (i * extent + first) * inner, count * inner, part.begin() + i * count * inner);
  }
  return part;
}

void slice_mask(Call& call, std::size_t axis, std::size_t first, std::size_t count) {
  if (call.additive) call.additive = slice(*call.additive, axis, first, count, true);
  if (call.boolean) call.boolean = slice(*call.boolean, axis, first, count, true);
}

/// Every bit is the same; NaN is any NaN.
void expect_same(const auto& got, const auto& expected, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const bool same = std::bit_cast<std::uint32_t>(got[i]) == std::bit_cast<std::uint32_t>(expected[i]) ||
                      (std::isnan(got[i]) && std::isnan(expected[i]));
    ASSERT_TRUE(same) << what << "[" << i << "]: " << got[i] << " and " << expected[i];
  }
}

TEST(AttentionProperties, AgreesWithTheReference) {
  for_random_calls(2000, [](Draw& draw, Call call) {
    const ExpectedAttention wanted = expected(call);
    const double tolerance = tolerance_of(wanted);
    const std::size_t stage = draw.between(0, 3);
    const Outcome got = attend(call, Wanted::everything, static_cast<ScoreStage>(stage));
    expect_close(got.output, wanted.output, "output", tolerance, 0.5);
    expect_close(got.weights, wanted.weights, "weights", tolerance, 1e-3);
    expect_close(got.log_sum_exp, wanted.log_sum_exp, "log-sum-exp", tolerance, 1);
    expect_close(got.scores, wanted.scores[stage], "scores of stage " + std::to_string(stage), tolerance, 1);
    expect_close(attend(call, Wanted::output).output, wanted.output, "output alone", tolerance, 0.5);
  });
}

/// P = exp(S - log-sum-exp) of the scores that the softmax takes.
TEST(AttentionProperties, LogSumExpTurnsScoresIntoWeights) {
  for_random_calls(300, [](Draw&, Call call) {
    call.plain.dropout = {};
    const double tolerance = tolerance_of(expected(call));
    const Outcome got = attend(call);
    std::vector<double> weights(got.scores.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto log_sum_exp = static_cast<double>(got.log_sum_exp[i / call.keys()]);
      weights[i] = std::isinf(log_sum_exp) ? 0 : std::exp(static_cast<double>(got.scores[i]) - log_sum_exp);
    }
    expect_close(got.weights, weights, "weights", tolerance, 1);
  });
}

TEST(AttentionProperties, HeadsAndBatchElementsAreIndependent) {
  for_random_calls(300, [](Draw&, Call call) {
    for (const Wanted wanted : {Wanted::everything, Wanted::output}) {
      const Outcome whole = attend(call, wanted);
      for (std::size_t b = 0; b < call.batches(); ++b) {
        for (std::size_t h = 0; h < call.heads(); ++h) {
          const std::size_t kv = h / (call.heads() / call.key.shape()[1]);
          const auto head = [&](const Values<4>& of, std::size_t index) {
            return slice(slice(of, 0, b, 1), 1, index, 1);
          };
          Call part = call;
          part.query = head(call.query, h);
          part.key = head(call.key, kv);
          part.value = head(call.value, kv);
          slice_mask(part, 0, b, 1);
          slice_mask(part, 1, h, 1);
          if (call.first_positions) part.first_positions = {{(*call.first_positions)[b]}};
          if (call.key_lengths) part.key_lengths = {{(*call.key_lengths)[b]}};
          if (call.slopes) part.slopes = {{(*call.slopes)[h]}};
          if (call.sinks) part.sinks = {{(*call.sinks)[h]}};
          part.plain.dropout.first_head += b * call.heads() + h;
          const Outcome alone = attend(part, wanted);
          expect_same(alone.output, head(whole.output, h), "output");
          expect_same(alone.weights, head(whole.weights, h), "weights");
        }
      }
    }
  });
}

/// Workers share out blocks of queries that begin at multiples of this, where registers and tiles of rows begin too.
constexpr std::size_t block_rows = 64;
/// No block is smaller: fewer rows take another way to the result.
constexpr std::size_t fewest_rows = 8;

TEST(AttentionProperties, BlocksOfQueriesAreIndependent) {
  const auto check = [](Draw& draw, Call call) {
    const std::size_t first = block_rows * draw.between(0, (call.queries() - fewest_rows) / block_rows);
    const std::size_t count = draw.between(fewest_rows, call.queries() - first);
    for (const Wanted wanted : {Wanted::everything, Wanted::output}) {
      const Outcome whole = attend(call, wanted);
      Call part = call;
      part.query = slice(call.query, 2, first, count);
      slice_mask(part, 2, first, count);
      std::vector<std::int32_t> positions = call.first_positions.value_or(std::vector<std::int32_t>(call.batches(), 0));
      for (std::int32_t& position : positions) position += static_cast<std::int32_t>(first);
      part.first_positions = positions;
      part.plain.dropout.first_query += first;
      const Outcome alone = attend(part, wanted);
      expect_same(alone.output, slice(whole.output, 2, first, count), "output");
      expect_same(alone.weights, slice(whole.weights, 2, first, count), "weights");
    }
  };
  for_random_calls(150, check, block_rows + fewest_rows);
}

TEST(AttentionProperties, TheOrderOfKeysDoesNotMatter) {
  for_random_calls(300, [](Draw& draw, Call call) {
    // Where a key stands matters to these.
    call.plain.causal = false;
    call.plain.window = {};
    call.slopes.reset();
    call.key_lengths.reset();
    call.plain.dropout = {};
    std::vector<std::size_t> order(call.keys());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t j = order.size(); j-- > 1;) std::swap(order[j], order[draw.between(0, j)]);
    const auto reordered = [&](const Values<4>& of, std::size_t axis) {
      if (of.shape()[axis] != order.size()) return of;
      Values<4> result = of;
      const std::size_t inner = axis == 2 ? of.shape()[3] : 1;
      for (std::size_t i = 0; i < of.size(); ++i) {
        const std::size_t j = i / inner % order.size();
        result[i] = of[i + (order[j] - j) * inner];
      }
      return result;
    };
    Call other = call;
    other.key = reordered(call.key, 2);
    other.value = reordered(call.value, 2);
    if (call.additive) other.additive = reordered(*call.additive, 3);
    if (call.boolean) other.boolean = reordered(*call.boolean, 3);
    const double tolerance = tolerance_of(expected(call));
    const Outcome got = attend(other);
    const Outcome before = attend(call);
    expect_close(got.output, before.output, "output", tolerance, 0.5);
    expect_close(got.weights, reordered(before.weights, 3), "weights", tolerance, 1e-3);
    expect_close(attend(other, Wanted::output).output, before.output, "output alone", tolerance, 0.5);
  });
}

TEST(AttentionProperties, ForbiddenKeysAtTheEndChangeNothing) {
  for_random_calls(300, [](Draw& draw, Call call) {
    const double tolerance = tolerance_of(expected(call));
    const Outcome before = attend(call);
    const std::size_t more = draw.between(1, 20);
    const auto longer = [&](const Values<4>& of, std::size_t axis, float fill) {
      Extents<4> shape = of.shape();
      shape[axis] += more;
      Values<4> result(shape, fill);
      const std::size_t inner = axis == 2 ? shape[3] : 1;
      for (std::size_t i = 0; i < of.size(); ++i) {
        const std::size_t row = of.shape()[axis] * inner;
        result[i / row * shape[axis] * inner + i % row] = of[i];
      }
      return result;
    };
    Call padded = call;
    padded.key = longer(call.key, 2, draw.chance(0.5) ? nan : infinity);
    padded.value = longer(call.value, 2, nan);
    if (call.additive && call.additive->shape()[3] == call.keys())
      padded.additive = longer(*call.additive, 3, -infinity);
    if (call.boolean && call.boolean->shape()[3] == call.keys()) padded.boolean = longer(*call.boolean, 3, 0);
    if (!call.key_lengths) {
      padded.key_lengths = std::vector<std::int32_t>(call.batches(), static_cast<std::int32_t>(call.keys()));
    }
    const Outcome got = attend(padded);
    expect_close(got.output, before.output, "output", tolerance, 0.5);
    expect_close(slice(got.weights, 3, 0, call.keys()), before.weights, "weights", tolerance, 1e-3);
    expect_close(slice(got.weights, 3, call.keys(), more),
                 std::vector<float>(got.weights.size() - before.weights.size()), "weights of the padding", 0);
    expect_close(got.log_sum_exp, before.log_sum_exp, "log-sum-exp", tolerance, 1);
    expect_close(attend(padded, Wanted::output).output, before.output, "output alone", tolerance, 0.5);
  });
}

TEST(AttentionProperties, AConstantAddedToARowOfTheMaskChangesNothing) {
  for_random_calls(300, [](Draw& draw, Call call) {
    call.sinks.reset();
    call.boolean.reset();
    if (!call.additive) call.additive = random_values(draw, call.square(), 1);
    const double tolerance = tolerance_of(expected(call)) * 4;
    const Outcome before = attend(call);
    const std::size_t row = std::max<std::size_t>(1, call.additive->shape()[3]);
    if (row == 1) return;  // the same for every key already
    float added = 0;
    for (std::size_t i = 0; i < call.additive->size(); ++i) {
      if (i % row == 0) added = static_cast<float>(draw.real(-8, 8));
      (*call.additive)[i] += added;
    }
    const Outcome got = attend(call);
    expect_close(got.output, before.output, "output", tolerance, 0.5);
    expect_close(got.weights, before.weights, "weights", tolerance, 1e-3);
  });
}

}  // namespace
}  // namespace headscope::test
