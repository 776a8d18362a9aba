#include "historic_calls.hpp"

#include "../convert.hpp"
#include "../score_options.hpp"
#include "headscope/layers/additive_attention.hpp"
#include "headscope/layers/linear_attention.hpp"
#include "headscope/layers/multiplicative_attention.hpp"

namespace headscope::bindings {
namespace {

SingleHeadOptions to_options(const SingleHeadFields& fields) {
  return {.causal = fields.causal != 0, .mask = to_mask(fields.mask, fields.mask_is_boolean)};
}

SingleHeadResults to_results(const SingleHeadFields& fields) {
  const auto [batch, queries, query_dim] = extents<3>(fields.query);
  const std::size_t keys = extents<3>(fields.key)[1];
  return {.output = result<3>(fields.output, {batch, queries, extents<3>(fields.value)[2]}),
          .weights = optional_result<3>(fields.weights, {batch, queries, keys}),
          .scores = optional_result<3>(fields.scores, {batch, queries, keys})};
}

}  // namespace

emscripten::val additive_attention(Address address) {
  const auto& call = block<AdditiveAttentionCall>(address);
  const auto& head = call.head;
  return to_js(headscope::additive_attention(
      input<3>(head.query), input<3>(head.key), input<3>(head.value),
      {.query = to_linear(call.query), .key = to_linear(call.key), .score = to_linear(call.score)}, to_options(head),
      to_results(head)));
}

emscripten::val multiplicative_attention(Address address) {
  const auto& call = block<MultiplicativeAttentionCall>(address);
  const auto& head = call.head;
  return to_js(headscope::multiplicative_attention(input<3>(head.query), input<3>(head.key), input<3>(head.value),
                                                   optional_input<2>(call.weight), to_options(head), to_results(head)));
}

emscripten::val linear_attention(Address address) {
  const auto& call = block<LinearAttentionCall>(address);
  const auto [batch, heads, queries, depth] = extents<4>(call.query);
  return to_js(headscope::linear_attention(
      input<4>(call.query), input<4>(call.key), input<4>(call.value), call.causal != 0,
      {.output = result<4>(call.output, {batch, heads, queries, extents<4>(call.value)[3]}),
       .weights = optional_result<4>(call.weights, {batch, heads, queries, extents<4>(call.key)[2]})}));
}

}  // namespace headscope::bindings
