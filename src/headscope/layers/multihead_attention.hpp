#pragma once

#include <cstddef>
#include <optional>

#include "headscope/attention/options.hpp"
#include "headscope/layers/linear.hpp"

namespace headscope {

struct MultiHeadAttentionParameters {
  LinearParameters query;                       ///< (heads D, query dim)
  LinearParameters key;                         ///< (heads D, key dim)
  LinearParameters value;                       ///< (heads Dv, value dim)
  std::optional<LinearParameters> output = {};  ///< (out, heads Dv); without it the heads' outputs lie side by side
};

/// MobileViT's attention: one projection without bias gives queries, keys and values of all heads.
struct PatchAttentionParameters {
  TensorView<const float, 2> qkv;  ///< (3 heads D, dim): first the queries' rows, then the keys', then the values'
  std::optional<LinearParameters> output = {};  ///< (dim, heads D); there unless heads is 1 and D is dim
};

/// Multi-head attention ("Attention Is All You Need", section 3.2.2): every head attends with its own slice of three
/// projections, and the concatenated results are projected once more. Scores are divided by sqrt(D).
///
/// With one head and no output projection it is plain self-attention with linear projections.
class MultiHeadAttention {
 public:
  /// Refuses heads that do not divide the projections, projections that do not fit each other, and reports OutOfMemory.
  static Result<MultiHeadAttention> create(const MultiHeadAttentionParameters& parameters, std::size_t heads);

  /// The fused form of MobileViT (Mehta and Rastegari, 2022), where head_dim is independent of dim / heads. Attention
  /// runs over n of x (b, p, n, d): give forward() the view (b p, n, d).
  static Result<MultiHeadAttention> create_patch_attention(const PatchAttentionParameters& parameters,
                                                           std::size_t heads, std::size_t head_dim);

  std::size_t heads() const { return heads_; }
  std::size_t output_dim() const { return output_ ? output_->out() : value_.out(); }

  /// query (B, Lq, query dim), key (B, Lk, key dim), value (B, Lk, value dim), row-major -> output (B, Lq, out) and, if
  /// wanted, weights (B, heads, Lq, Lk). options.scale is 1 / sqrt(D) where it is not given.
  Result<void> forward(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                       const TensorView<const float, 3>& value, const AttentionOptions& options,
                       TensorView<float, 3> output, std::optional<TensorView<float, 4>> weights) const;

 private:
  MultiHeadAttention(std::size_t heads, Linear query, Linear key, Linear value, std::optional<Linear> output)
      : heads_(heads),
        query_(std::move(query)),
        key_(std::move(key)),
        value_(std::move(value)),
        output_(std::move(output)) {}

  std::size_t heads_;
  Linear query_;
  Linear key_;
  Linear value_;
  std::optional<Linear> output_;
};

}  // namespace headscope
