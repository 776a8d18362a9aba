#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>

#include "headscope/attention/key_value_cache.hpp"
#include "headscope/attention/options.hpp"
#include "headscope/layers/linear.hpp"

namespace headscope {

struct MultiHeadAttentionParameters {
  LinearParameters query;                       ///< (heads D, query dim)
  LinearParameters key;                         ///< (heads D, key dim)
  LinearParameters value;                       ///< (heads Dv, value dim)
  std::optional<LinearParameters> output = {};  ///< (out, heads Dv); without it the heads' outputs lie side by side
  /// (heads D): a key that every query may attend to, behind the others (torch's bias_k); with bias_value.
  std::optional<TensorView<const float, 1>> bias_key = {};
  std::optional<TensorView<const float, 1>> bias_value = {};  ///< (heads Dv)
  /// One more such key and its value, both zero (torch's add_zero_attn).
  bool add_zero_attention = false;
};

/// MobileViT's attention: one projection without bias gives queries, keys and values of all heads.
struct PatchAttentionParameters {
  TensorView<const float, 2> qkv;  ///< (3 heads D, dim): first the queries' rows, then the keys', then the values'
  std::optional<LinearParameters> output = {};  ///< (dim, heads D); there unless heads is 1 and D is dim
};

/// (B, Lk): keys that are ignored, for all queries. Unlike in masks, a true byte says which ones to ignore, as in
/// torch.nn.MultiheadAttention; numbers are added to the scores.
using KeyPaddingMask = std::variant<std::monostate, TensorView<const std::uint8_t, 2>, TensorView<const float, 2>>;

/// What forward() may be asked for. Masks are over the keys that are given; those of the parameters (bias_key,
/// add_zero_attention) are open to all queries.
struct MultiHeadAttentionOptions {
  bool causal = false;
  Mask mask = {};  ///< broadcast to (B, heads, Lq, Lk)
  KeyPaddingMask key_padding_mask = {};
  Dropout dropout = {};
  /// Of what the output projection gives, where there is one; column d of row i of batch element b is drawn as key d of
  /// query i of head b.
  Dropout output_dropout = {};
};

/// Keys and values of all heads, side by side in rows: projected once, for the queries of any number of calls.
struct ProjectedKeys {
  std::size_t batch;
  std::size_t length;      ///< of the sequences that they are projected from
  kernels::Buffer keys;    ///< (B, Lk + extra keys, heads D)
  kernels::Buffer values;  ///< (B, Lk + extra keys, heads Dv)
};

/// Where the results of a call go.
struct MultiHeadAttentionResults {
  TensorView<float, 3> output;                               ///< (B, Lq, out)
  std::optional<TensorView<float, 4>> weights = {};          ///< (B, heads, Lq, Lk + extra keys), if wanted
  std::optional<TensorView<float, 3>> average_weights = {};  ///< their mean over the heads, if wanted
  kernels::Buffer* queries = nullptr;                        ///< is given the projected queries, (B, Lq, heads D)
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
  std::size_t query_dim() const { return query_.in(); }
  std::size_t head_dim() const { return query_.out() / heads_; }
  std::size_t value_head_dim() const { return value_.out() / heads_; }
  std::size_t output_dim() const { return output_ ? output_->out() : value_.out(); }
  /// Keys that the parameters add to those of a call.
  std::size_t extra_keys() const { return (bias_.get() != nullptr ? 1 : 0) + (add_zero_attention_ ? 1 : 0); }

  /// query (B, Lq, query dim), key (B, Lk, key dim), value (B, Lk, value dim), with adjacent elements -> output
  /// (B, Lq, out) and, if wanted, weights (B, heads, Lq, Lk + extra keys) and their mean over the heads.
  Result<void> forward(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                       const TensorView<const float, 3>& value, const MultiHeadAttentionOptions& options,
                       TensorView<float, 3> output, std::optional<TensorView<float, 4>> weights,
                       std::optional<TensorView<float, 3>> average_weights = {}) const;

  /// The first half of forward(): key (B, Lk, key dim), value (B, Lk, value dim).
  Result<ProjectedKeys> project(const TensorView<const float, 3>& key, const TensorView<const float, 3>& value) const;

  /// The second half of forward(): query (B, Lq, query dim). Keys of batch 1 are those of all queries.
  Result<void> attend(const TensorView<const float, 3>& query, const ProjectedKeys& keys,
                      const MultiHeadAttentionOptions& options, const MultiHeadAttentionResults& results) const;

  /// Causal self-attention of the next tokens (B, n, dim) behind those that are in a cache of shape (B, heads,
  /// head_dim, value_head_dim), to which they are added; weights are (B, heads, n, tokens so far). Only for a layer
  /// without extra keys. Where it is refused the cache stays as it was.
  Result<void> attend_cached(const TensorView<const float, 3>& tokens, KeyValueCache& cache,
                             const MultiHeadAttentionResults& results) const;

 private:
  MultiHeadAttention(std::size_t heads, Linear query, Linear key, Linear value)
      : heads_(heads), query_(std::move(query)), key_(std::move(key)), value_(std::move(value)) {}

  Result<void> check(const TensorView<const float, 3>& query, const Extents<2>& keys,
                     const MultiHeadAttentionOptions& options, const MultiHeadAttentionResults& results) const;

  template <class Attend>
  Result<void> project_output(std::size_t batch, std::size_t length, TensorView<float, 3> output,
                              Attend&& attend) const;

  std::size_t heads_;
  Linear query_;
  Linear key_;
  Linear value_;
  std::optional<Linear> output_;
  kernels::Buffer bias_;  ///< bias_key (heads D), then bias_value (heads Dv); may be missing
  bool add_zero_attention_ = false;
};

}  // namespace headscope
