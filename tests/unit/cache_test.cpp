#include <algorithm>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "headscope/attention/key_value_cache.hpp"
#include "support/reference.hpp"
#include "support/tensors.hpp"

namespace headscope::test {
namespace {

/// Tokens `first` to `first + count` of (B, H, L, D).
Values<4> tokens(const Values<4>& all, std::size_t first, std::size_t count) {
  const auto [batch, heads, length, depth] = all.shape();
  Values<4> some({batch, heads, count, depth});
  for (std::size_t head = 0; head < batch * heads; ++head) {
    std::copy_n(all.data() + (head * length + first) * depth, count * depth, some.data() + head * count * depth);
  }
  return some;
}

struct Decoding {
  std::size_t kv_heads = 2;
  std::optional<std::size_t> window = {};
  std::vector<std::size_t> steps;  ///< tokens appended at a time
  float softcap = 0;
};

/// Decoding in steps gives what attention over the whole sequence gives.
void expect_whole(const Decoding& decoding) {
  constexpr std::size_t batch = 2;
  constexpr std::size_t heads = 4;
  const std::size_t length = std::accumulate(decoding.steps.begin(), decoding.steps.end(), std::size_t{0});
  const auto query = Values<4>::random({batch, heads, length, 6}, 1);
  const auto key = Values<4>::random({batch, decoding.kv_heads, length, 6}, 2);
  const auto value = Values<4>::random({batch, decoding.kv_heads, length, 5}, 3);
  AttentionOptions options{.softcap = decoding.softcap, .causal = true};
  if (decoding.window) options.window.left = *decoding.window - 1;
  const auto whole = expected_attention(query.view(), key.view(), value.view(), options);
  Values<4> expected({batch, heads, length, 5});
  std::ranges::copy(whole.output, expected.begin());

  auto cache = KeyValueCache::create({batch, decoding.kv_heads, 6, 5}, decoding.window);
  ASSERT_TRUE(cache);
  std::size_t done = 0;
  for (const std::size_t step : decoding.steps) {
    const std::size_t stored = cache->stored_after(step);
    Values<4> output({batch, heads, step, 5}, nan);
    Values<4> weights({batch, heads, step, stored}, nan);
    const auto attended = cache->append_and_attend(
        tokens(key, done, step).view(), tokens(value, done, step).view(), tokens(query, done, step).view(),
        {.softcap = decoding.softcap, .causal = true}, {.output = output.result(), .weights = weights.result()});
    ASSERT_TRUE(attended) << attended.error().argument << attended.error().expected << attended.error().got;
    EXPECT_EQ(cache->stored(), stored);
    if (decoding.window) {
      EXPECT_LE(stored, *decoding.window - 1 + step);
    }
    const Values<4> wanted = tokens(expected, done, step);
    expect_close(output, std::vector<double>(wanted.begin(), wanted.end()), "token " + std::to_string(done));
    done += step;
    EXPECT_EQ(cache->length(), done);
  }
}

TEST(KeyValueCache, DecodesWhatTheWholeSequenceGives) {
  const std::vector<std::size_t> steps{1, 1, 30, 1, 0, 5, 1, 1, 90, 1, 1, 200, 1};
  expect_whole({.steps = steps});
  expect_whole({.kv_heads = 4, .steps = steps});
  expect_whole({.kv_heads = 1, .steps = steps, .softcap = 2});
}

TEST(KeyValueCache, DecodesWithAWindow) {
  std::vector<std::size_t> steps(400, 1);
  steps[0] = 40;
  steps[50] = 9;
  steps[300] = 100;
  for (const std::size_t window : {1, 2, 17, 64, 1000}) expect_whole({.window = window, .steps = steps});
}

TEST(KeyValueCache, StaysAsItWasWhenACallIsRefused) {
  auto cache = KeyValueCache::create({1, 1, 4, 4}, 5);
  ASSERT_TRUE(cache);
  const auto first = Values<4>::random({1, 1, 70, 4}, 1);
  ASSERT_TRUE(cache->append(first.view(), first.view()));
  const auto attend = [&] {
    Values<4> output({1, 1, 1, 4});
    EXPECT_TRUE(cache->attend(tokens(first, 69, 1).view(), {}, {.output = output.result()}));
    return std::vector<float>(output.begin(), output.end());
  };
  const auto before = attend();
  const std::size_t stored = cache->stored();
  // So many that the cache has to grow, and a softcap that it refuses when they are in.
  const auto more = Values<4>::random({1, 1, 300, 4}, 2);
  Values<4> output({1, 1, 300, 4});
  EXPECT_FALSE(
      cache->append_and_attend(more.view(), more.view(), more.view(), {.softcap = -1}, {.output = output.result()}));
  EXPECT_EQ(cache->length(), 70u);
  EXPECT_EQ(cache->stored(), stored);
  EXPECT_EQ(attend(), before);
}

TEST(KeyValueCache, RefusesWhatDoesNotFit) {
  const auto argument = [](const auto& result) { return result ? std::string() : result.error().argument; };
  EXPECT_EQ(argument(KeyValueCache::create({1, 1, 4, 4}, 0)), "window");
  auto cache = KeyValueCache::create({1, 2, 4, 3}, std::nullopt);
  ASSERT_TRUE(cache);
  const Values<4> key({1, 2, 2, 4});
  const Values<4> value({1, 2, 2, 3});
  EXPECT_EQ(argument(cache->append(value.view(), value.view())), "key");
  EXPECT_EQ(argument(cache->append(key.view(), key.view())), "value");
  EXPECT_EQ(cache->length(), 0u);
  ASSERT_TRUE(cache->append(key.view(), value.view()));
  const auto attend = [&](const Extents<4>& shape, const AttentionOptions& options) {
    const Values<4> query(shape);
    Values<4> output({shape[0], shape[1], shape[2], 3});
    return argument(cache->attend(query.view(), options, {.output = output.result()}));
  };
  const std::int32_t two = 2;
  const auto numbers = view_of<const std::int32_t, 1>(&two, {1});
  EXPECT_EQ(attend({1, 4, 2, 4}, {}), "");
  EXPECT_EQ(attend({1, 4, 3, 4}, {}), "query");
  EXPECT_EQ(attend({2, 4, 1, 4}, {}), "query");
  EXPECT_EQ(attend({1, 4, 1, 5}, {}), "query");
  EXPECT_EQ(attend({1, 4, 1, 4}, {.first_positions = numbers}), "firstPositions");
  EXPECT_EQ(attend({1, 4, 1, 4}, {.key_lengths = numbers}), "keyLengths");
  cache->clear();
  EXPECT_EQ(cache->length(), 0u);
  EXPECT_EQ(attend({1, 4, 1, 4}, {}), "query");
}

}  // namespace
}  // namespace headscope::test
