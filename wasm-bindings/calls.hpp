#pragma once

#include <memory>
#include <utility>

#include <emscripten/val.h>

#include "convert.hpp"
#include "headscope/layers/multihead_attention.hpp"

/// The calls that bindings.cpp registers: arguments converted, the core called, its refusal handed back. Each returns
/// null when it went well. Result pointers are room that the caller has reserved; 0 means that the result is not
/// wanted.
namespace headscope::bindings {

struct AttentionCall {
  TensorRef query;  ///< (B, H, Lq, D)
  TensorRef key;    ///< (B, H, Lk, D)
  TensorRef value;  ///< (B, H, Lk, Dv)
  TensorRef mask;   ///< broadcast to (B, H, Lq, Lk)
  int mask_kind = mask_none;
  double scale = 0;  ///< NaN for 1 / sqrt(D)
  bool causal = false;
  double output = 0;       ///< (B, H, Lq, Dv)
  double weights = 0;      ///< (B, H, Lq, Lk)
  double log_sum_exp = 0;  ///< (B, H, Lq)
};
emscripten::val attention(const AttentionCall& call);

struct SelfAttentionStepsCall {
  TensorRef x;                 ///< (L, dim)
  TensorRef query_projection;  ///< (dim, D)
  TensorRef key_projection;    ///< (dim, D)
  TensorRef value_projection;  ///< (dim, Dv)
  double scale = 0;            ///< NaN for 1 / sqrt(D)
  bool causal = false;
  double query = 0;    ///< (L, D)
  double key = 0;      ///< (L, D)
  double value = 0;    ///< (L, Dv)
  double scores = 0;   ///< (L, L)
  double weights = 0;  ///< (L, L)
  double output = 0;   ///< (L, Dv)
};
emscripten::val self_attention_steps(const SelfAttentionStepsCall& call);

struct LinearCall {
  TensorRef x;        ///< (n, in)
  TensorRef weight;   ///< (out, in)
  TensorRef bias;     ///< (out)
  double output = 0;  ///< (n, out)
};
emscripten::val linear(const LinearCall& call);

/// output (length, dim)
emscripten::val sinusoidal_positions(double length, double dim, double output);

struct MultiHeadAttentionCreation {
  LinearRef query;
  LinearRef key;
  LinearRef value;
  LinearRef output;  ///< weight.data 0 for none
  double heads = 0;
};

struct PatchAttentionCreation {
  TensorRef qkv;     ///< (3 heads headDim, dim)
  LinearRef output;  ///< weight.data 0 for none
  double heads = 0;
  double head_dim = 0;
};

struct ForwardCall {
  TensorRef query;  ///< (B, Lq, query dim)
  TensorRef key;    ///< (B, Lk, key dim)
  TensorRef value;  ///< (B, Lk, value dim)
  bool causal = false;
  double output = 0;   ///< (B, Lq, out)
  double weights = 0;  ///< (B, heads, Lq, Lk)
};

/// A layer that JavaScript holds and has to delete, also one that could not be made: status() says why.
class MultiHeadAttentionHandle {
 public:
  explicit MultiHeadAttentionHandle(Result<MultiHeadAttention> layer) : layer_(std::move(layer)) { ++live_; }
  ~MultiHeadAttentionHandle() { --live_; }
  MultiHeadAttentionHandle(const MultiHeadAttentionHandle&) = delete;
  MultiHeadAttentionHandle& operator=(const MultiHeadAttentionHandle&) = delete;

  static std::unique_ptr<MultiHeadAttentionHandle> create(const MultiHeadAttentionCreation& creation);
  static std::unique_ptr<MultiHeadAttentionHandle> create_patch_attention(const PatchAttentionCreation& creation);

  emscripten::val status() const;
  /// Only where status() is null.
  emscripten::val forward(const ForwardCall& call) const;

  static int live() { return live_; }

 private:
  Result<MultiHeadAttention> layer_;
  static inline int live_ = 0;
};

}  // namespace headscope::bindings
