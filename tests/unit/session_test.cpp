#include <vector>

#include <gtest/gtest.h>
#include <xtensor/xview.hpp>

#include "headscope/attention/attention_session.hpp"
#include "headscope/reference/attention.hpp"
#include "support/random_call.hpp"
#include "support/reference.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

reference::Matrix cut(const reference::Matrix& matrix, Range rows, Range columns) {
  return xt::view(matrix, xt::range(rows.first, rows.first + rows.count),
                  xt::range(columns.first, columns.first + columns.count));
}

Range random_range(Draw& draw, std::size_t end) {
  const std::size_t first = draw.between(0, end - 1);
  return {.first = first, .count = draw.between(1, end - first)};
}

TEST(AttentionSession, ShowsTheWeightsOfRandomCalls) {
  Draw draw(20);
  for (int round = 0; round < 150; ++round) {
    Call call = random_call(draw);
    call.plain.dropout = {};
    if (call.queries() == 0 || call.keys() == 0) continue;
    const AttentionOptions options = call.options();
    const auto expected = expected_attention(call.query.view(), call.key.view(), call.value.view(), options);
    auto session = AttentionSession::create(call.query.view(), call.key.view(), options);
    ASSERT_TRUE(session) << session.error().argument;
    ASSERT_EQ(session->heads(), call.batches() * call.heads());
    for (int look = 0; look < 6; ++look) {
      const std::size_t head = draw.between(0, session->heads() - 1);
      const std::size_t size = call.queries() * call.keys();
      const reference::Matrix weights =
          xt::adapt(std::vector<double>(expected.weights.begin() + static_cast<std::ptrdiff_t>(head * size),
                                        expected.weights.begin() + static_cast<std::ptrdiff_t>((head + 1) * size)),
                    std::vector<std::size_t>{call.queries(), call.keys()});
      const auto text = "round " + std::to_string(round) + ", head " + std::to_string(head);

      const std::size_t query = draw.between(0, call.queries() - 1);
      Values<2> row({1, call.keys()}, nan);
      ASSERT_TRUE(session->row(head, query, row));
      expect_close(row, cut(weights, {query, 1}, {0, call.keys()}), text + ", row", 4e-6, 1);

      const Range rows = draw.chance(0.3) ? Range{0, call.queries()} : random_range(draw, call.queries());
      const Range columns = draw.chance(0.3) ? Range{0, call.keys()} : random_range(draw, call.keys());
      const bool exact = draw.chance(0.3);
      const std::size_t height = exact ? rows.count : draw.between(1, 40);
      const std::size_t width = exact ? columns.count : draw.between(1, 40);
      const bool largest = draw.chance(0.5);
      Values<2> pixels({height, width}, nan);
      ASSERT_TRUE(session->tile(head, rows, columns, width, height, largest ? Pooling::max : Pooling::mean, pixels));
      expect_close(pixels, reference::pooled(cut(weights, rows, columns), height, width, largest), text + ", tile",
                   4e-6, 1);

      if (draw.chance(0.5)) continue;
      const double first_position = options.first_positions ? (*options.first_positions)(head / call.heads()) : 0;
      const auto wanted = reference::statistics(weights, first_position);
      const auto statistics = session->statistics(head);
      ASSERT_TRUE(statistics);
      EXPECT_NEAR(statistics->entropy, wanted.entropy, 1e-5 * (1 + wanted.entropy)) << text;
      EXPECT_NEAR(statistics->mean_distance, wanted.mean_distance, 1e-5 * (1 + wanted.mean_distance)) << text;
      EXPECT_NEAR(statistics->first_key, wanted.first_key, 4e-6) << text;
      EXPECT_NEAR(statistics->diagonal, wanted.diagonal, 4e-6) << text;
      EXPECT_NEAR(statistics->previous_token, wanted.previous_token, 4e-6) << text;
    }
  }
}

/// What remains of a range, cut into parts of random length.
std::vector<Range> parts_of(Draw& draw, Range rows) {
  std::vector<Range> parts;
  for (const std::size_t end = rows.first + rows.count; rows.first < end; rows.first += parts.back().count) {
    parts.push_back({.first = rows.first, .count = draw.between(1, end - rows.first)});
  }
  return parts;
}

TEST(AttentionSession, IsTheSameInPartsToTheBit) {
  Draw draw(21);
  for (int round = 0; round < 60; ++round) {
    Call call = random_call(draw);
    call.plain.dropout = {};
    if (call.queries() == 0 || call.keys() == 0) continue;
    const auto make = [&] { return *AttentionSession::create(call.query.view(), call.key.view(), call.options()); };
    AttentionSession whole = make();
    AttentionSession cut = make();
    const std::size_t head = draw.between(0, whole.heads() - 1);
    const auto text = "round " + std::to_string(round);

    const Range rows = random_range(draw, call.queries());
    const Range columns = random_range(draw, call.keys());
    const std::size_t height = draw.between(1, 40);
    const std::size_t width = draw.between(1, 40);
    for (const Pooling pooling : {Pooling::max, Pooling::mean}) {
      Values<2> expected({height, width}, nan);
      Values<2> pixels({height, width}, nan);
      ASSERT_TRUE(whole.tile(head, rows, columns, width, height, pooling, expected));
      for (const Range part : parts_of(draw, rows)) {
        ASSERT_TRUE(cut.tile_part(head, rows, columns, width, height, pooling, part, pixels));
      }
      EXPECT_TRUE(std::ranges::equal(expected, pixels)) << text;
    }

    const auto expected = whole.statistics(head);
    ASSERT_TRUE(expected);
    StatisticsSums sums;
    for (const Range part : parts_of(draw, {.first = 0, .count = call.queries()})) {
      ASSERT_TRUE(cut.add_statistics(head, part, sums));
    }
    const HeadStatistics means = sums.means();
    EXPECT_EQ(means.entropy, expected->entropy) << text;
    EXPECT_EQ(means.mean_distance, expected->mean_distance) << text;
    EXPECT_EQ(means.first_key, expected->first_key) << text;
    EXPECT_EQ(means.diagonal, expected->diagonal) << text;
    EXPECT_EQ(means.previous_token, expected->previous_token) << text;
  }
}

/// One query of depth 1 with these scores.
Result<AttentionSession> session_of(const std::vector<float>& scores) {
  static const float one = 1;
  return AttentionSession::create(view_of<const float, 4>(&one, {1, 1, 1, 1}),
                                  view_of<const float, 4>(scores.data(), {1, 1, scores.size(), 1}), {.scale = 1.0f});
}

TEST(AttentionSession, FindsTheLargestWeightsInOrder) {
  auto session = session_of({0, 2, 1, 2, -infinity});
  ASSERT_TRUE(session);
  std::vector<std::int32_t> keys(3);
  std::vector<float> weights(3);
  ASSERT_EQ(session->top_k(0, 0, 3, keys, weights), 3u);
  EXPECT_EQ(keys, (std::vector<std::int32_t>{1, 3, 2}));
  EXPECT_EQ(weights[0], weights[1]);
  const double sum = 1 + 2 * std::exp(2.0) + std::exp(1.0);
  EXPECT_NEAR(weights[0], std::exp(2.0) / sum, 1e-6);
  EXPECT_NEAR(weights[2], std::exp(1.0) / sum, 1e-6);
  keys.resize(5);
  weights.resize(5);
  EXPECT_EQ(session->top_k(0, 0, 9, keys, weights), 5u);
  EXPECT_EQ(session->top_k(0, 0, 0, {}, {}), 0u);
}

TEST(AttentionSession, KeepsCopiesOfWhatItIsGiven) {
  Values<4> query = Values<4>::random({1, 1, 9, 4}, 1);
  Values<4> key = Values<4>::random({1, 1, 7, 4}, 2);
  Values<4> mask = Values<4>::random({1, 1, 9, 7}, 3);
  auto session = AttentionSession::create(query.view(), key.view(), {.mask = AdditiveMask{mask.view()}});
  ASSERT_TRUE(session);
  Values<2> before({9, 7});
  ASSERT_TRUE(session->tile(0, {0, 9}, {0, 7}, 7, 9, Pooling::max, before));
  for (auto* values : {&query, &key, &mask}) std::ranges::fill(*values, nan);
  AttentionSession moved = std::move(*session);
  Values<2> after({9, 7});
  ASSERT_TRUE(moved.tile(0, {0, 9}, {0, 7}, 7, 9, Pooling::max, after));
  EXPECT_TRUE(std::ranges::equal(before, after));
}

TEST(AttentionSession, RefusesWhatIsNotThere) {
  const Values<4> query({1, 2, 3, 4});
  const Values<4> key({1, 2, 5, 4});
  auto session = AttentionSession::create(query.view(), key.view(), {});
  ASSERT_TRUE(session);
  std::vector<float> row(5);
  std::vector<std::int32_t> keys(5);
  const auto argument = [](const auto& result) { return result ? std::string() : result.error().argument; };
  EXPECT_EQ(argument(session->row(2, 0, row)), "head");
  EXPECT_EQ(argument(session->row(0, 3, row)), "query");
  EXPECT_EQ(argument(session->row(0, 0, std::span(row).first(4))), "weights");
  EXPECT_EQ(argument(session->top_k(0, 3, 1, keys, row)), "query");
  EXPECT_EQ(argument(session->top_k(0, 0, 1, keys, row)), "keys");
  EXPECT_EQ(argument(session->statistics(2)), "head");
  const auto tile = [&](Range rows, Range columns, std::size_t width, std::size_t height) {
    std::vector<float> pixels(width > 100 ? 0 : width * height);
    return argument(session->tile(0, rows, columns, width, height, Pooling::mean, pixels));
  };
  const auto part = [&](Range rows, Range some) {
    std::vector<float> pixels(4);
    return argument(session->tile_part(0, rows, {0, 5}, 2, 2, Pooling::max, some, pixels));
  };
  EXPECT_EQ(part({1, 2}, {2, 1}), "");
  EXPECT_EQ(part({1, 2}, {0, 1}), "part");
  EXPECT_EQ(part({1, 2}, {2, 2}), "part");
  EXPECT_EQ(part({1, 2}, {1, 0}), "part");
  StatisticsSums sums;
  EXPECT_EQ(argument(session->add_statistics(0, {2, 2}, sums)), "rows");
  EXPECT_EQ(argument(session->add_statistics(0, {2, 0}, sums)), "");
  EXPECT_EQ(tile({0, 3}, {0, 5}, 2, 2), "");
  EXPECT_EQ(tile({0, 4}, {0, 5}, 2, 2), "rows");
  EXPECT_EQ(tile({3, 1}, {0, 5}, 2, 2), "rows");
  EXPECT_EQ(tile({0, 0}, {0, 5}, 2, 2), "rows");
  EXPECT_EQ(tile({0, 3}, {4, 2}, 2, 2), "columns");
  EXPECT_EQ(tile({0, 3}, {1, std::numeric_limits<std::size_t>::max()}, 2, 2), "columns");
  EXPECT_EQ(tile({0, 3}, {0, 5}, 0, 2), "width");
  EXPECT_EQ(tile({0, 3}, {0, 5}, 2, 0), "height");
  EXPECT_EQ(tile({0, 3}, {0, 5}, std::numeric_limits<std::size_t>::max() / 2, 3), "pixels");
  EXPECT_EQ(argument(AttentionSession::create(query.view(), key.view(), {.dropout = {.probability = 0.5f}})),
            "dropout");
  EXPECT_EQ(argument(AttentionSession::create(query.view(), Values<4>({1, 2, 5, 3}).view(), {})), "key");
}

}  // namespace
}  // namespace headscope::test
