#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "headscope/attention/options.hpp"
#include "support/tensors.hpp"

namespace headscope::test {

/// Random decisions.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : generator_(seed) {}

  /// A whole number from low to high.
  std::size_t between(std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(generator_);
  }
  bool chance(double probability) { return real(0, 1) < probability; }
  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(generator_); }
  float normal() { return std::normal_distribution<float>(0, 1)(generator_); }
  std::uint32_t word() { return static_cast<std::uint32_t>(generator_()); }

  /// Mostly short, so that there is time for many; now and then longer than registers, tiles and blocks.
  std::size_t length(std::size_t longest) {
    if (chance(0.04)) return between(0, longest);
    return between(chance(0.05) ? 0 : 1, chance(0.2) ? 40 : 12);
  }

 private:
  std::mt19937 generator_;
};

/// A call with all that its options refer to. Its parts may be changed and cut before it is made.
struct Call {
  Values<4> query{{}};
  Values<4> key{{}};
  Values<4> value{{}};
  std::optional<Values<4>> additive = {};
  std::optional<Values<4>> boolean = {};  ///< 0 or 1
  std::optional<std::vector<std::int32_t>> first_positions = {};
  std::optional<std::vector<std::int32_t>> key_lengths = {};
  std::optional<std::vector<float>> slopes = {};
  std::optional<std::vector<float>> sinks = {};
  AttentionOptions plain = {};  ///< the options that refer to nothing of this

  std::size_t batches() const { return query.shape()[0]; }
  std::size_t heads() const { return query.shape()[1]; }
  std::size_t queries() const { return query.shape()[2]; }
  std::size_t keys() const { return key.shape()[2]; }
  Extents<4> square() const { return {batches(), heads(), queries(), keys()}; }
  bool positional() const { return plain.causal || plain.window.left || plain.window.right || slopes; }

  /// All options, which refer to the call.
  AttentionOptions options();

  std::vector<std::uint8_t> boolean_bytes = {};
};

Values<4> random_values(Draw& draw, const Extents<4>& shape, double spread);

/// With so many queries, or any number of them.
Call random_call(Draw& draw, std::optional<std::size_t> query_length = {});

/// Numbers of the call that are not its tensors, to read in a message.
std::string text_of(const Call& call);

}  // namespace headscope::test
