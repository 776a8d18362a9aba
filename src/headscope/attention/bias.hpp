#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numbers>
#include <type_traits>

#include "headscope/attention/options.hpp"

namespace headscope {

/// Queries and keys of one (batch, head) whose scores are being worked on.
struct ScoreBlock {
  std::size_t batch;
  std::size_t head;
  std::size_t first_query;
  std::size_t queries;
  std::size_t first_key;
  std::size_t keys;
};

/// What the mask and causality add to a block of scores, queries in lanes and in units of log 2:
/// bias (keys, lanes)[j][r] is -inf where query r must not attend to key j. Lanes without a query get 0.
inline void fill_bias(const AttentionOptions& options, const ScoreBlock& block, std::size_t lanes, float* bias) {
  constexpr float forbidden = -std::numeric_limits<float>::infinity();
  std::fill_n(bias, block.keys * lanes, 0.0f);

  const auto fill_from = [&](const auto& mask, auto&& bias_of) {
    const auto& extent = mask.shape();
    const auto& stride = mask.strides();
    const auto step = [&](std::size_t axis) { return extent[axis] == 1 ? 0 : static_cast<std::size_t>(stride[axis]); };
    const auto* plane = mask.data() + block.batch * step(0) + block.head * step(1);
    for (std::size_t r = 0; r < block.queries; ++r) {
      const auto* row = plane + (block.first_query + r) * step(2) + block.first_key * step(3);
      for (std::size_t j = 0; j < block.keys; ++j) bias[j * lanes + r] = bias_of(row[j * step(3)]);
    }
  };
  if (const auto* boolean = std::get_if<BooleanMask>(&options.mask)) {
    fill_from(boolean->allowed, [](std::uint8_t allowed) { return allowed ? 0.0f : forbidden; });
  } else if (const auto* additive = std::get_if<AdditiveMask>(&options.mask)) {
    // A finite bias stays finite: the lowest float, which many use for "almost forbidden", must not turn into -inf.
    fill_from(additive->bias, [](float added) {
      const float scaled = added * std::numbers::log2e_v<float>;
      return added != forbidden && scaled == forbidden ? std::numeric_limits<float>::lowest() : scaled;
    });
  }
  if (options.causal) {
    for (std::size_t r = 0; r < block.queries; ++r) {
      const std::size_t last_allowed = block.first_query + r;
      for (std::size_t j = last_allowed < block.first_key ? 0 : last_allowed - block.first_key + 1; j < block.keys;
           ++j) {
        bias[j * lanes + r] = forbidden;
      }
    }
  }
}

}  // namespace headscope
