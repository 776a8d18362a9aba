#include <emscripten/bind.h>

#include "calls.hpp"

// Registers what JavaScript may call, and nothing else. Names that start with _ are private to wasm-bindings/js.
EMSCRIPTEN_BINDINGS(headscope) {
  using namespace emscripten;
  using namespace headscope::bindings;

  value_array<std::array<double, 4>>("Shape")
      .element(emscripten::index<0>())
      .element(emscripten::index<1>())
      .element(emscripten::index<2>())
      .element(emscripten::index<3>());
  value_object<TensorRef>("TensorRef").field("data", &TensorRef::data).field("shape", &TensorRef::shape);
  value_object<LinearRef>("LinearRef").field("weight", &LinearRef::weight).field("bias", &LinearRef::bias);

  value_object<AttentionCall>("AttentionCall")
      .field("query", &AttentionCall::query)
      .field("key", &AttentionCall::key)
      .field("value", &AttentionCall::value)
      .field("mask", &AttentionCall::mask)
      .field("maskKind", &AttentionCall::mask_kind)
      .field("scale", &AttentionCall::scale)
      .field("causal", &AttentionCall::causal)
      .field("output", &AttentionCall::output)
      .field("weights", &AttentionCall::weights)
      .field("logSumExp", &AttentionCall::log_sum_exp);
  function("_attention", &attention);

  value_object<SelfAttentionStepsCall>("SelfAttentionStepsCall")
      .field("x", &SelfAttentionStepsCall::x)
      .field("queryProjection", &SelfAttentionStepsCall::query_projection)
      .field("keyProjection", &SelfAttentionStepsCall::key_projection)
      .field("valueProjection", &SelfAttentionStepsCall::value_projection)
      .field("scale", &SelfAttentionStepsCall::scale)
      .field("causal", &SelfAttentionStepsCall::causal)
      .field("query", &SelfAttentionStepsCall::query)
      .field("key", &SelfAttentionStepsCall::key)
      .field("value", &SelfAttentionStepsCall::value)
      .field("scores", &SelfAttentionStepsCall::scores)
      .field("weights", &SelfAttentionStepsCall::weights)
      .field("output", &SelfAttentionStepsCall::output);
  function("_selfAttentionSteps", &self_attention_steps);

  value_object<LinearCall>("LinearCall")
      .field("x", &LinearCall::x)
      .field("weight", &LinearCall::weight)
      .field("bias", &LinearCall::bias)
      .field("output", &LinearCall::output);
  function("_linear", &linear);

  function("_sinusoidalPositions", &sinusoidal_positions);

  value_object<MultiHeadAttentionCreation>("MultiHeadAttentionCreation")
      .field("query", &MultiHeadAttentionCreation::query)
      .field("key", &MultiHeadAttentionCreation::key)
      .field("value", &MultiHeadAttentionCreation::value)
      .field("output", &MultiHeadAttentionCreation::output)
      .field("heads", &MultiHeadAttentionCreation::heads);
  value_object<PatchAttentionCreation>("PatchAttentionCreation")
      .field("qkv", &PatchAttentionCreation::qkv)
      .field("output", &PatchAttentionCreation::output)
      .field("heads", &PatchAttentionCreation::heads)
      .field("headDim", &PatchAttentionCreation::head_dim);
  value_object<ForwardCall>("ForwardCall")
      .field("query", &ForwardCall::query)
      .field("key", &ForwardCall::key)
      .field("value", &ForwardCall::value)
      .field("causal", &ForwardCall::causal)
      .field("output", &ForwardCall::output)
      .field("weights", &ForwardCall::weights);
  class_<MultiHeadAttentionHandle>("_MultiHeadAttention")
      .class_function("create", &MultiHeadAttentionHandle::create)
      .class_function("createPatchAttention", &MultiHeadAttentionHandle::create_patch_attention)
      .function("status", &MultiHeadAttentionHandle::status)
      .function("forward", &MultiHeadAttentionHandle::forward);

  function("_liveHandles", &MultiHeadAttentionHandle::live);
}
