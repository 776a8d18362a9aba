#include <algorithm>

#include "convert.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/self_attention_steps.hpp"
#include "score_options.hpp"

namespace headscope::bindings {
namespace {

/// present (B, H, P + L, D) = past (B, H, P, D), then next (B, H, L, D) wherever its heads lie.
TensorView<const float, 4> concatenate(const TensorFields& past, const TensorFields& next, double present) {
  const auto [batch, heads, length, depth] = extents<4>(next);
  const std::size_t past_size = extents<4>(past)[2] * depth;
  const auto rows = heads_input(next);
  const auto step = [&](std::size_t axis) { return static_cast<std::size_t>(rows.strides()[axis]); };
  const float* from = pointer<const float>(past.data);
  float* to = pointer<float>(present);
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t h = 0; h < heads; ++h, from += past_size) {
      to = std::copy_n(from, past_size, to);
      for (std::size_t l = 0; l < length; ++l) {
        to = std::copy_n(rows.data() + b * step(0) + h * step(1) + l * step(2), depth, to);
      }
    }
  }
  return view_of<const float, 4>(pointer<const float>(present), {batch, heads, extents<4>(past)[2] + length, depth});
}

/// Past keys or values fit those of the call: only their lengths differ.
Result<void> expect_past(const char* argument, const TensorFields& past, const TensorFields& next,
                         std::size_t past_length) {
  const auto [batch, heads, length, depth] = extents<4>(next);
  return expect_same_shape(argument, extents<4>(past), Extents<4>{batch, heads, past_length, depth});
}

}  // namespace

emscripten::val attention(Address address) {
  const auto& call = block<AttentionCall>(address);
  const bool has_past = call.past_key.data != 0;
  if (has_past) {
    const std::size_t past_length = extents<4>(call.past_key)[2];
    if (auto fits = first_failure(expect_past("pastKey", call.past_key, call.key, past_length),
                                  expect_past("pastValue", call.past_value, call.value, past_length));
        !fits) {
      return to_js(fits);
    }
  }
  const auto key = has_past ? concatenate(call.past_key, call.key, call.results.present_key) : heads_input(call.key);
  const auto value =
      has_past ? concatenate(call.past_value, call.value, call.results.present_value) : heads_input(call.value);
  const auto given = to_score_options(call.scores, extents<4>(call.query)[1]);
  return to_js(scaled_dot_product_attention(heads_input(call.query), key, value, given.options,
                                            to_results(call.results, call.query, key.shape()[2], value.shape()[3])));
}

emscripten::val self_attention_steps(Address address) {
  const auto& call = block<SelfAttentionStepsCall>(address);
  const std::size_t length = extents<2>(call.x)[0];
  const Extents<2> query{length, extents<2>(call.query_projection)[1]};
  const Extents<2> value{length, extents<2>(call.value_projection)[1]};
  const Extents<2> scores{length, length};
  return to_js(headscope::self_attention_steps(input<2>(call.x),
                                               {.query = input<2>(call.query_projection),
                                                .key = input<2>(call.key_projection),
                                                .value = input<2>(call.value_projection)},
                                               to_scale(call.scale), call.causal != 0,
                                               {.query = result<2>(call.query, query),
                                                .key = result<2>(call.key, query),
                                                .value = result<2>(call.value, value),
                                                .scores = result<2>(call.scores, scores),
                                                .weights = result<2>(call.weights, scores),
                                                .output = result<2>(call.output, value)}));
}

}  // namespace headscope::bindings
