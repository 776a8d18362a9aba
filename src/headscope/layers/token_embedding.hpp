#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "headscope/kernels/workspace.hpp"
#include "headscope/layers/captures.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Vectors of tokens at their places ("Attention Is All You Need", sections 3.4 and 3.5): embedding sqrt(dim), plus the
/// sinusoidal positional encoding.
class TokenEmbedding {
 public:
  /// From "embedding.weight" (vocabulary, dim). Refuses another dim.
  static Result<TokenEmbedding> create(const Parameters& parameters, std::size_t dim);

  std::size_t vocabulary() const { return vocabulary_; }

  /// tokens (B, L), the first at `first_position` -> output (B, L, dim), row-major. Captures "embedding" (B, L, dim),
  /// without positions. Refuses tokens that are not in the vocabulary (InvalidArgument), naming `argument`.
  Result<void> forward(std::string_view argument, const TensorView<const std::int32_t, 2>& tokens,
                       std::size_t first_position, float* output, const CaptureScope& captures) const;

 private:
  TokenEmbedding(std::size_t vocabulary, std::size_t dim, kernels::Buffer scaled)
      : vocabulary_(vocabulary), dim_(dim), scaled_(std::move(scaled)) {}

  std::size_t vocabulary_;
  std::size_t dim_;
  kernels::Buffer scaled_;  ///< (vocabulary, dim), times sqrt(dim)
};

}  // namespace headscope
