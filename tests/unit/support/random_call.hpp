#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
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
  AttentionOptions options() {
    AttentionOptions all = plain;
    const auto vector = [](const auto& values) {
      return view_of<const std::remove_cvref_t<decltype(values[0])>, 1>(values.data(), {values.size()});
    };
    if (first_positions) all.first_positions = vector(*first_positions);
    if (key_lengths) all.key_lengths = vector(*key_lengths);
    if (slopes) all.alibi_slopes = vector(*slopes);
    if (sinks) all.sinks = vector(*sinks);
    if (additive) all.mask = AdditiveMask{additive->view()};
    if (boolean) {
      boolean_bytes.assign(boolean->begin(), boolean->end());
      all.mask = BooleanMask{view_of<const std::uint8_t, 4>(boolean_bytes.data(), boolean->shape())};
    }
    return all;
  }

  std::vector<std::uint8_t> boolean_bytes = {};
};

inline Values<4> random_values(Draw& draw, const Extents<4>& shape, double spread) {
  Values<4> values(shape);
  for (float& value : values) value = draw.normal() * static_cast<float>(spread);
  return values;
}

/// The shape of a mask: that of the scores, with any of its axes left to broadcasting.
inline Extents<4> mask_shape(Draw& draw, Extents<4> shape) {
  for (std::size_t& extent : shape) {
    if (draw.chance(0.4)) extent = 1;
  }
  return shape;
}

/// With so many queries, or any number of them.
inline Call random_call(Draw& draw, std::optional<std::size_t> query_length = {}) {
  Call call;
  const std::size_t batches = draw.between(1, 2);
  const std::size_t kv_heads = draw.between(1, 3);
  const std::size_t heads = kv_heads * draw.between(1, 3);
  const std::size_t queries = query_length.value_or(draw.length(150));
  const std::size_t keys = draw.length(600);
  const std::size_t depth = draw.chance(0.03) ? 0 : draw.length(80);
  const double spread = draw.real(0.3, 1.3);
  call.query = random_values(draw, {batches, heads, queries, depth}, spread);
  call.key = random_values(draw, {batches, kv_heads, keys, depth}, spread);
  call.value = random_values(draw, {batches, kv_heads, keys, draw.length(80)}, 1);

  const auto vector = [&](std::size_t size, auto&& element) {
    std::vector<decltype(element())> values(size);
    std::ranges::generate(values, element);
    return values;
  };
  if (draw.chance(0.3)) call.plain.scale = static_cast<float>(draw.real(-1.5, 1.5));
  if (draw.chance(0.25)) call.plain.softcap = static_cast<float>(draw.real(0.2, 20));
  call.plain.causal = draw.chance(0.3);
  if (draw.chance(0.2)) call.plain.window.left = draw.length(keys);
  if (draw.chance(0.2)) call.plain.window.right = draw.length(keys);
  if (draw.chance(0.4)) {
    const auto most = static_cast<double>(std::max(queries, keys) + 3);
    call.first_positions = vector(batches, [&] { return static_cast<std::int32_t>(draw.real(-most / 2, most)); });
  }
  if (draw.chance(0.2)) {
    call.key_lengths = vector(batches, [&] { return static_cast<std::int32_t>(draw.between(0, keys)); });
  }
  if (draw.chance(0.2)) call.slopes = vector(heads, [&] { return static_cast<float>(draw.real(0, 1)); });
  if (draw.chance(0.2)) call.sinks = vector(heads, [&] { return 3 * draw.normal(); });
  if (draw.chance(0.2)) {
    call.plain.dropout = {.probability = static_cast<float>(draw.real(0.01, 0.95)),
                          .seed = draw.word(),
                          .first_head = draw.between(0, 5),
                          .first_query = draw.between(0, 70)};
  }
  const double forbidden = draw.real(0, 0.9);
  if (draw.chance(0.25)) {
    call.additive = random_values(draw, mask_shape(draw, call.square()), 2);
    for (float& bias : *call.additive) bias = draw.chance(forbidden) ? -infinity : bias;
  } else if (draw.chance(0.3)) {
    call.boolean = Values<4>(mask_shape(draw, call.square()));
    for (float& allowed : *call.boolean) allowed = draw.chance(forbidden) ? 0.0f : 1.0f;
  }
  return call;
}

/// Numbers of the call that are not its tensors, to read in a message.
inline std::string text_of(const Call& call) {
  const auto size = [](const std::optional<std::size_t>& side) { return side ? std::to_string(*side) : "-"; };
  std::string text = "query " + shape_text(call.query.shape()) + " key " + shape_text(call.key.shape()) + " value " +
                     shape_text(call.value.shape());
  if (call.plain.scale) text += " scale " + std::to_string(*call.plain.scale);
  if (call.plain.softcap > 0) text += " softcap " + std::to_string(call.plain.softcap);
  if (call.plain.causal) text += " causal";
  text += " window " + size(call.plain.window.left) + " " + size(call.plain.window.right);
  const auto list = [&](const char* name, const auto& values) {
    if (!values) return;
    text += std::string(" ") + name;
    for (const auto value : *values) text += " " + std::to_string(value);
  };
  list("first positions", call.first_positions);
  list("key lengths", call.key_lengths);
  list("slopes", call.slopes);
  list("sinks", call.sinks);
  if (call.plain.dropout.probability > 0) text += " dropout " + std::to_string(call.plain.dropout.probability);
  if (call.additive) text += " additive mask " + shape_text(call.additive->shape());
  if (call.boolean) text += " boolean mask " + shape_text(call.boolean->shape());
  return text;
}

}  // namespace headscope::test
