#include "handle.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "score_options.hpp"

namespace headscope::bindings {
namespace {

/// (1, B, L, dim) as (B, L, dim)
template <class T>
TensorView<T, 3> without_batch(TensorView<T, 4> view) {
  return view_of<T, 3>(view.data(), {view.shape()[1], view.shape()[2], view.shape()[3]},
                       {view.strides()[1], view.strides()[2], view.strides()[3]});
}

}  // namespace

emscripten::val linear(Address address) {
  const auto& call = block<LinearCall>(address);
  const auto layer = Linear::create("", to_linear(call.parameters));
  if (!layer) return to_js(std::unexpected(layer.error()));
  return to_js(layer->forward(input<2>(call.x), result<2>(call.output, {extents<2>(call.x)[0], layer->out()})));
}

emscripten::val create_multi_head_attention(Address address) {
  auto& call = block<CreateMultiHeadAttentionCall>(address);
  return hand_over(MultiHeadAttention::create({.query = to_linear(call.query),
                                               .key = to_linear(call.key),
                                               .value = to_linear(call.value),
                                               .output = to_optional_linear(call.output),
                                               .bias_key = optional_input<1>(call.bias_key),
                                               .bias_value = optional_input<1>(call.bias_value),
                                               .add_zero_attention = call.add_zero_attention != 0},
                                              to_size(call.heads)),
                   call.handle);
}

emscripten::val create_patch_attention(Address address) {
  auto& call = block<CreatePatchAttentionCall>(address);
  return hand_over(
      MultiHeadAttention::create_patch_attention({.qkv = input<2>(call.qkv), .output = to_optional_linear(call.output)},
                                                 to_size(call.heads), to_size(call.head_dim)),
      call.handle);
}

emscripten::val forward(Address address) {
  const auto& call = block<ForwardCall>(address);
  const auto& layer = held<MultiHeadAttention>(call.handle);
  const auto [batch, length, query_dim] = extents<3>(call.query);
  const std::size_t keys = extents<3>(call.key)[1] + layer.extra_keys();
  const auto sequences = [](const TensorFields& tensor) { return without_batch<const float>(heads_input(tensor)); };
  MultiHeadAttentionOptions options{
      .causal = call.causal != 0,
      .mask = to_mask(call.mask, call.mask_is_boolean),
      .dropout = to_dropout(call.dropout_probability, call.dropout_seed),
      .output_dropout = to_dropout(call.output_dropout_probability, call.output_dropout_seed)};
  if (call.key_padding_mask.data != 0) {
    if (call.key_padding_mask_is_boolean != 0) {
      options.key_padding_mask = input<2, std::uint8_t>(call.key_padding_mask);
    } else {
      options.key_padding_mask = input<2>(call.key_padding_mask);
    }
  }
  return to_js(
      layer.forward(sequences(call.query), sequences(call.key), sequences(call.value), options,
                    without_batch<float>(heads_result(call.output, {1, batch, length, layer.output_dim()}, call.query)),
                    optional_result<4>(call.weights, {batch, layer.heads(), length, keys}),
                    optional_result<3>(call.average_weights, {batch, length, keys})));
}

void destroy(Address handle) { delete reinterpret_cast<Handle*>(handle); }

}  // namespace headscope::bindings
