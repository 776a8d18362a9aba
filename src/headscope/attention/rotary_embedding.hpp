#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Cosines and sines that are given rather than computed.
struct RotaryTables {
  TensorView<const float, 3> cosines;  ///< (1, positions, dim / 2), a row for each position, or (B, L, dim / 2)
  TensorView<const float, 3> sines;    ///< likewise
  bool for_positions;                  ///< the former: rows are looked up by position
};

struct RotaryOptions {
  std::size_t dim;           ///< columns that are rotated, an even number; the others are passed on
  bool interleaved = false;  ///< pairs are the columns (2 i, 2 i + 1), else (i, i + dim / 2)
  double base = 10000;
  /// Token l stands at position offset + l, unless positions are given.
  std::size_t offset = 0;
  /// (B, L), or (1, L) for all batch elements.
  std::optional<TensorView<const std::int32_t, 2>> positions = {};
  std::optional<RotaryTables> tables = {};
};

/// Rotary position embedding of x (B, H, L, D) into output, which may be x ("RoFormer", Su et al., 2021; ONNX
/// RotaryEmbedding). At position p pair i is rotated by the angle p base^(-2 i / dim), computed in double:
///
///   (a, b) becomes (a cos - b sin, a sin + b cos)
///
/// Refuses what does not fit: InvalidShape; InvalidArgument for a dim that is odd or above D, a base that is not
/// positive, and positions beyond the tables.
Result<void> rotary_embedding(const TensorView<const float, 4>& x, const RotaryOptions& options,
                              TensorView<float, 4> output);

}  // namespace headscope
