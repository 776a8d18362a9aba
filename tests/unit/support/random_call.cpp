#include "support/random_call.hpp"

#include <algorithm>
#include <type_traits>

namespace headscope::test {
namespace {

/// The shape of a mask: that of the scores, with any of its axes left to broadcasting.
Extents<4> mask_shape(Draw& draw, Extents<4> shape) {
  for (std::size_t& extent : shape) {
    if (draw.chance(0.4)) extent = 1;
  }
  return shape;
}

}  // namespace

AttentionOptions Call::options() {
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

Values<4> random_values(Draw& draw, const Extents<4>& shape, double spread) {
  Values<4> values(shape);
  for (float& value : values) value = draw.normal() * static_cast<float>(spread);
  return values;
}

Call random_call(Draw& draw, std::optional<std::size_t> query_length) {
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

std::string text_of(const Call& call) {
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
