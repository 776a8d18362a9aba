#pragma once

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

/// Masks are broadcast against (B, H, Lq, Lk): each of their extents is that of the scores, or 1.
using Mask = std::variant<std::monostate, BooleanMask, AdditiveMask>;

struct AttentionOptions {
  /// Factor on the scores; 1 / sqrt(D) where it is not given.
  std::optional<float> scale = {};
  /// Query i attends to keys j <= i only (aligned at the top left, as ONNX does without a cache).
  bool causal = false;
  Mask mask = {};
};

}  // namespace headscope
