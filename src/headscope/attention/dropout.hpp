#pragma once

#include <cstddef>
#include <cstdint>

#include "headscope/attention/counter_random.hpp"
#include "headscope/attention/options.hpp"

namespace headscope {

/// Which weights dropout keeps. Every weight has a random number of its own that depends on the seed and on its place
/// alone, so that no order of work changes it. In 32-bit arithmetic, with head counted through all batch elements:
///
///   row    = mix(mix(seed ^ g (head + 1)) + query)      g = 0x9e3779b9
///   number = mix(row + g (key + 1))                     kept where number >= probability 2^32
class DropoutRow {
 public:
  DropoutRow(const Dropout& dropout, std::size_t head, std::size_t query)
      : row_(mix(mix(dropout.seed ^ golden_step * static_cast<std::uint32_t>(dropout.first_head + head + 1)) +
                 static_cast<std::uint32_t>(dropout.first_query + query))),
        threshold_(static_cast<std::uint32_t>(dropout.probability * 4294967296.0)),
        factor_(1.0f / (1.0f - dropout.probability)) {}

  /// What the weight of a key is multiplied with.
  float factor(std::size_t key) const {
    return mix(row_ + golden_step * static_cast<std::uint32_t>(key + 1)) >= threshold_ ? factor_ : 0.0f;
  }

 private:
  std::uint32_t row_;
  std::uint32_t threshold_;
  float factor_;
};

}  // namespace headscope
