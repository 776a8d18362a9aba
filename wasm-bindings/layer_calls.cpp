#include <utility>

#include "convert.hpp"
#include "headscope/layers/multihead_attention.hpp"

namespace headscope::bindings {
namespace {

struct MultiHeadAttentionHandle : Handle {
  explicit MultiHeadAttentionHandle(MultiHeadAttention layer) : layer(std::move(layer)) {}
  MultiHeadAttention layer;
};

emscripten::val hand_over(Result<MultiHeadAttention> layer, double& handle) {
  if (!layer) return to_js(std::unexpected(std::move(layer.error())));
  handle = static_cast<double>(reinterpret_cast<Address>(new MultiHeadAttentionHandle(std::move(*layer))));
  return to_js({});
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
                                               .output = to_optional_linear(call.output)},
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
  const auto& layer = pointer<MultiHeadAttentionHandle>(call.handle)->layer;
  const auto [batch, length, query_dim] = extents<3>(call.query);
  const Extents<4> weights{batch, layer.heads(), length, extents<3>(call.key)[1]};
  return to_js(layer.forward(input<3>(call.query), input<3>(call.key), input<3>(call.value),
                             {.causal = call.causal != 0}, result<3>(call.output, {batch, length, layer.output_dim()}),
                             optional_result<4>(call.weights, weights)));
}

void destroy(Address handle) { delete reinterpret_cast<Handle*>(handle); }

}  // namespace headscope::bindings
