#include "headscope/attention/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <variant>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

Result<void> expect_vector(const char* argument, const auto& vector, std::size_t count) {
  return vector ? expect_shape(argument, *vector, Extents<1>{count}) : Result<void>{};
}

Result<void> expect_key_lengths(const TensorView<const std::int32_t, 1>& lengths, std::size_t key_length) {
  for (const std::int32_t length : lengths) {
    if (length < 0 || static_cast<std::size_t>(length) > key_length) {
      return refuse(StatusCode::InvalidArgument, "keyLengths", "lengths from 0 to " + std::to_string(key_length),
                    std::to_string(length));
    }
  }
  return {};
}

/// The mask is broadcast against the scores; its last axis may end with the longest of the key lengths.
Result<void> expect_mask(const auto& mask, const AttentionOptions& options, Extents<4> shape) {
  if (options.key_lengths && options.key_lengths->size() > 0) {
    const std::int32_t longest = *std::max_element(options.key_lengths->begin(), options.key_lengths->end());
    const std::size_t given = mask.shape()[3];
    if (given < shape[3] && given >= static_cast<std::size_t>(longest)) shape[3] = given;
  }
  return expect_broadcastable("mask", mask, shape);
}

}  // namespace

Result<void> check_query_and_key(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key) {
  const auto [batch, heads, query_length, depth] = Extents<4>{query.shape()};
  const auto [key_batch, kv_heads, key_length, key_depth] = Extents<4>{key.shape()};
  // Places in the sequence are 32-bit numbers.
  constexpr std::size_t longest = std::numeric_limits<std::int32_t>::max() / 2;
  if (query_length > longest || key_length > longest) {
    return refuse(StatusCode::TooLarge, query_length > longest ? "query" : "key",
                  "at most " + std::to_string(longest) + " tokens", std::to_string(std::max(query_length, key_length)));
  }
  if (auto fits = expect_shape("key", key, Extents<4>{batch, kv_heads, key_length, depth}); !fits) return fits;
  if (kv_heads == heads || (kv_heads > 0 && heads % kv_heads == 0)) return {};
  return refuse(StatusCode::InvalidShape, "key", "a number of heads that divides the query's " + std::to_string(heads),
                std::to_string(kv_heads));
}

Result<void> check_options(const AttentionOptions& options, const Extents<4>& scores_shape) {
  const auto [batch, heads, query_length, key_length] = scores_shape;
  auto outcome = first_failure(
      expect_finite("scale", options.scale), expect_vector("firstPositions", options.first_positions, batch),
      expect_vector("keyLengths", options.key_lengths, batch), expect_vector("alibi", options.alibi_slopes, heads),
      expect_vector("sinks", options.sinks, heads));
  if (!outcome) return outcome;
  if (!(options.softcap >= 0 && std::isfinite(options.softcap))) {
    return refuse(StatusCode::InvalidArgument, "softcap", "a finite number of at least 0",
                  std::isnan(options.softcap) ? "NaN"
                  : options.softcap < 0       ? "a negative number"
                                              : "an infinity");
  }
  outcome = check_dropout("dropout", options.dropout);
  if (!outcome) return outcome;
  if (options.key_lengths) outcome = expect_key_lengths(*options.key_lengths, key_length);
  if (!outcome) return outcome;
  if (const auto* mask = std::get_if<BooleanMask>(&options.mask))
    return expect_mask(mask->allowed, options, scores_shape);
  if (const auto* mask = std::get_if<AdditiveMask>(&options.mask))
    return expect_mask(mask->bias, options, scores_shape);
  return {};
}

Result<void> check_dropout(std::string_view argument, const Dropout& dropout) {
  const float probability = dropout.probability;
  if (probability >= 0 && probability < 1) return {};
  return refuse(StatusCode::InvalidArgument, argument, "a probability of at least 0 and below 1",
                std::isnan(probability) ? "NaN"
                : probability < 0       ? "a negative number"
                                        : "1 or more");
}

}  // namespace headscope
