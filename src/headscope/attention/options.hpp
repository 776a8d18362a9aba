#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "headscope/tensor.hpp"

namespace headscope {

/// True (any non-zero byte) = the query may attend to the key, as in ONNX and
/// torch.nn.functional.scaled_dot_product_attention.
struct BooleanMask {
  TensorView<const std::uint8_t, 4> allowed;
};

/// Added to the scores; -inf forbids the key.
struct AdditiveMask {
  TensorView<const float, 4> bias;
};

/// Masks are broadcast against (B, Hq, Lq, Lk): each of their extents is that of the scores, or 1. Beside key_lengths
/// the last one may also be shorter, as long as it covers the longest of them.
using Mask = std::variant<std::monostate, BooleanMask, AdditiveMask>;

/// A query at position p attends to the keys p - left to p + right only; without a bound, to all on that side
/// (ONNX Attention, left_window_size and right_window_size).
struct Window {
  std::optional<std::size_t> left = {};
  std::optional<std::size_t> right = {};
};

/// Weights are set to 0 with this probability, after the softmax, and what is left is divided by 1 - probability. Which
/// ones is settled by the seed and the weight's place, whatever else is computed with it: see dropout.hpp.
struct Dropout {
  float probability = 0;  ///< in [0, 1)
  std::uint32_t seed = 0;
  /// Where this call's heads (counted through all batch elements) and queries begin in the whole that it is a part of.
  std::size_t first_head = 0;
  std::size_t first_query = 0;
};

/// In the order in which they take effect: scale, softcap, what is added or forbidden, softmax with sinks, dropout.
struct AttentionOptions {
  /// Factor on the scores; 1 / sqrt(D) where it is not given.
  std::optional<float> scale = {};
  /// s becomes softcap tanh(s / softcap); 0 for none.
  float softcap = 0;
  /// A query at position p attends to the keys j <= p only.
  bool causal = false;
  Window window = {};
  /// (B): where query 0 stands among the keys; query i stands at first_positions[b] + i. 0 where not given (aligned at
  /// the top left, as ONNX does without a cache); may be negative. Causality, windows and ALiBi count from it.
  std::optional<TensorView<const std::int32_t, 1>> first_positions = {};
  /// (B): keys from there on are padding, forbidden to all (ONNX nonpad_kv_seqlen).
  std::optional<TensorView<const std::int32_t, 1>> key_lengths = {};
  Mask mask = {};
  /// (Hq): -slope |p - j| is added for a query at position p and a key j ("Train Short, Test Long", Press et al.,
  /// 2022).
  std::optional<TensorView<const float, 1>> alibi_slopes = {};
  /// (Hq): a score of no key that takes part in the softmax, so that the weights of a row sum to less than 1.
  std::optional<TensorView<const float, 1>> sinks = {};
  Dropout dropout = {};
};

}  // namespace headscope
