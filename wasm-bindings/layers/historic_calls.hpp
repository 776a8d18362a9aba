#pragma once

#include "layer_calls.hpp"

/// The calls of the attentions beside the scaled dot product.
namespace headscope::bindings {

struct SingleHeadFields {
  TensorFields query;  ///< (B, Lq, query dim)
  TensorFields key;    ///< (B, Lk, key dim)
  TensorFields value;  ///< (B, Lk, Dv)
  TensorFields mask;   ///< broadcasts to (B, 1, Lq, Lk)
  double mask_is_boolean;
  double causal;
  double output;   ///< (B, Lq, Dv)
  double weights;  ///< (B, Lq, Lk)
  double scores;   ///< (B, Lq, Lk)
};

struct AdditiveAttentionCall {
  SingleHeadFields head;
  LinearFields query;  ///< (hidden, query dim)
  LinearFields key;    ///< (hidden, key dim)
  LinearFields score;  ///< (1, hidden)
};
emscripten::val additive_attention(Address call);

struct MultiplicativeAttentionCall {
  SingleHeadFields head;
  TensorFields weight;  ///< (query dim, key dim), may be missing
};
emscripten::val multiplicative_attention(Address call);

struct LinearAttentionCall {
  TensorFields query;  ///< (B, H, Lq, D)
  TensorFields key;    ///< (B, H, Lk, D)
  TensorFields value;  ///< (B, H, Lk, Dv)
  double causal;
  double output;   ///< (B, H, Lq, Dv)
  double weights;  ///< (B, H, Lq, Lk)
};
emscripten::val linear_attention(Address call);

}  // namespace headscope::bindings
