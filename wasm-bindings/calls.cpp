#include "calls.hpp"

#include <memory>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/self_attention_steps.hpp"

namespace headscope::bindings {
namespace {

Result<void> expect_count(const char* argument, double value) {
  if (value >= 0 && value <= 0x7fffffff && std::trunc(value) == value) return {};
  return refuse(StatusCode::InvalidArgument, argument, "a whole number of at least 0", number_text(value));
}

Result<void> expect_optional_linear(const std::string& prefix, const LinearRef& linear) {
  return linear.weight ? expect_linear(prefix, linear) : Result<void>{};
}

std::optional<LinearParameters> to_optional_linear(const LinearRef& linear) {
  if (!linear.weight) return std::nullopt;
  return to_linear(linear);
}

/// What `run` gives if all that it relies on was as expected.
template <class Run>
emscripten::val answer(const Result<void>& expected, Run&& run) {
  return to_js(expected ? run() : expected);
}

}  // namespace

emscripten::val attention(const AttentionCall& call) {
  const auto query = extents<4>(call.query);
  const auto key = extents<4>(call.key);
  const Extents<4> output{query[0], query[1], query[2], extents<4>(call.value)[3]};
  const Extents<4> weights{query[0], query[1], query[2], key[2]};
  const auto expected = first_failure(expect_tensor("query", call.query, 4), expect_tensor("key", call.key, 4),
                                      expect_tensor("value", call.value, 4), expect_mask(call.mask, call.mask_kind),
                                      expect_addressable("output", output), expect_addressable("weights", weights));
  return answer(expected, [&] {
    return scaled_dot_product_attention(
        input<4>(call.query), input<4>(call.key), input<4>(call.value),
        {.scale = to_scale(call.scale), .causal = call.causal, .mask = to_mask(call.mask, call.mask_kind)},
        {.output = result<4>(call.output, output),
         .weights = optional_result<4>(call.weights, weights),
         .log_sum_exp = optional_result<3>(call.log_sum_exp, {query[0], query[1], query[2]})});
  });
}

emscripten::val self_attention_steps(const SelfAttentionStepsCall& call) {
  const std::size_t length = extents<2>(call.x)[0];
  const Extents<2> query{length, extents<2>(call.query_projection)[1]};
  const Extents<2> value{length, extents<2>(call.value_projection)[1]};
  const Extents<2> scores{length, length};
  const auto expected =
      first_failure(expect_tensor("x", call.x, 2), expect_tensor("queryProjection", call.query_projection, 2),
                    expect_tensor("keyProjection", call.key_projection, 2),
                    expect_tensor("valueProjection", call.value_projection, 2), expect_addressable("query", query),
                    expect_addressable("value", value), expect_addressable("scores", scores));
  return answer(expected, [&] {
    return headscope::self_attention_steps(input<2>(call.x),
                                           {.query = input<2>(call.query_projection),
                                            .key = input<2>(call.key_projection),
                                            .value = input<2>(call.value_projection)},
                                           to_scale(call.scale), call.causal,
                                           {.query = result<2>(call.query, query),
                                            .key = result<2>(call.key, query),
                                            .value = result<2>(call.value, value),
                                            .scores = result<2>(call.scores, scores),
                                            .weights = result<2>(call.weights, scores),
                                            .output = result<2>(call.output, value)});
  });
}

emscripten::val linear(const LinearCall& call) {
  const LinearRef parameters{call.weight, call.bias};
  const Extents<2> output{extents<2>(call.x)[0], extents<2>(call.weight)[0]};
  const auto expected =
      first_failure(expect_tensor("x", call.x, 2), expect_linear("", parameters), expect_addressable("output", output));
  return answer(expected, [&]() -> Result<void> {
    const auto layer = Linear::create("", to_linear(parameters));
    if (!layer) return std::unexpected(layer.error());
    return layer->forward(input<2>(call.x), result<2>(call.output, output));
  });
}

emscripten::val sinusoidal_positions(double length, double dim, double output) {
  const auto expected = first_failure(expect_count("length", length), expect_count("dim", dim));
  return answer(expected, [&]() -> Result<void> {
    const Extents<2> shape{static_cast<std::size_t>(length), static_cast<std::size_t>(dim)};
    if (auto addressable = expect_addressable("length", shape); !addressable) return addressable;
    headscope::sinusoidal_positions(result<2>(output, shape));
    return {};
  });
}

std::unique_ptr<MultiHeadAttentionHandle> MultiHeadAttentionHandle::create(const MultiHeadAttentionCreation& creation) {
  const auto expected =
      first_failure(expect_linear("query ", creation.query), expect_linear("key ", creation.key),
                    expect_linear("value ", creation.value), expect_optional_linear("output ", creation.output),
                    expect_count("heads", creation.heads));
  const auto make = [&]() -> Result<MultiHeadAttention> {
    if (!expected) return std::unexpected(expected.error());
    return MultiHeadAttention::create({.query = to_linear(creation.query),
                                       .key = to_linear(creation.key),
                                       .value = to_linear(creation.value),
                                       .output = to_optional_linear(creation.output)},
                                      static_cast<std::size_t>(creation.heads));
  };
  return std::make_unique<MultiHeadAttentionHandle>(make());
}

std::unique_ptr<MultiHeadAttentionHandle> MultiHeadAttentionHandle::create_patch_attention(
    const PatchAttentionCreation& creation) {
  const auto expected =
      first_failure(expect_tensor("qkv weight", creation.qkv, 2), expect_optional_linear("output ", creation.output),
                    expect_count("heads", creation.heads), expect_count("headDim", creation.head_dim));
  const auto make = [&]() -> Result<MultiHeadAttention> {
    if (!expected) return std::unexpected(expected.error());
    return MultiHeadAttention::create_patch_attention(
        {.qkv = input<2>(creation.qkv), .output = to_optional_linear(creation.output)},
        static_cast<std::size_t>(creation.heads), static_cast<std::size_t>(creation.head_dim));
  };
  return std::make_unique<MultiHeadAttentionHandle>(make());
}

emscripten::val MultiHeadAttentionHandle::status() const {
  return to_js(layer_ ? Result<void>{} : std::unexpected(layer_.error()));
}

emscripten::val MultiHeadAttentionHandle::forward(const ForwardCall& call) const {
  const auto [batch, length, query_dim] = extents<3>(call.query);
  const Extents<3> output{batch, length, layer_->output_dim()};
  const Extents<4> weights{batch, layer_->heads(), length, extents<3>(call.key)[1]};
  const auto expected = first_failure(expect_tensor("query", call.query, 3), expect_tensor("key", call.key, 3),
                                      expect_tensor("value", call.value, 3), expect_addressable("output", output),
                                      expect_addressable("weights", weights));
  return answer(expected, [&] {
    return layer_->forward(input<3>(call.query), input<3>(call.key), input<3>(call.value), {.causal = call.causal},
                           result<3>(call.output, output), optional_result<4>(call.weights, weights));
  });
}

}  // namespace headscope::bindings
