#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "headscope/attention/options.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/kernels/workspace.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Keys and values of the tokens so far, for decoding one token after the other. Grows in place, so that appending
/// costs what is appended (amortised). With a window, memory stays small: tokens that no query can see any more are
/// forgotten.
class KeyValueCache {
 public:
  struct Shape {
    std::size_t batch;
    std::size_t kv_heads;
    std::size_t depth;        ///< D
    std::size_t value_depth;  ///< Dv
  };

  /// With a window, a query attends to that many tokens, the last of which is its own. Refuses a window of 0
  /// (InvalidArgument).
  static Result<KeyValueCache> create(const Shape& shape, std::optional<std::size_t> window);

  const Shape& shape() const { return shape_; }
  std::size_t length() const { return length_; }  ///< tokens appended so far
  std::size_t stored() const { return stored_; }  ///< tokens still there
  /// What stored() will be once so many tokens more are appended: all that the first of them can see, and they.
  std::size_t stored_after(std::size_t tokens) const { return kept() + tokens; }

  /// key (B, Hkv, n, D), value (B, Hkv, n, Dv). Where it is refused (InvalidShape, TooLarge, OutOfMemory) the cache
  /// stays as it was.
  Result<void> append(const TensorView<const float, 4>& key, const TensorView<const float, 4>& value);

  /// Attention of the last Lq tokens, query (B, Hq, Lq, D), to the tokens that are there. Query i stands at position
  /// length() - Lq + i. Results and a mask have Lk = stored(). A cache with a window is causal.
  ///
  /// Refuses more queries than tokens, first_positions and key_lengths (they are the cache's own), and what
  /// scaled_dot_product_attention does.
  Result<void> attend(const TensorView<const float, 4>& query, const AttentionOptions& options,
                      const AttentionResults& results) const;

  /// append() and attend(), or none of both: results have Lk = stored_after(n).
  Result<void> append_and_attend(const TensorView<const float, 4>& key, const TensorView<const float, 4>& value,
                                 const TensorView<const float, 4>& query, const AttentionOptions& options,
                                 const AttentionResults& results);

  /// Batch element b goes on with the tokens of element sources[b], as the hypotheses of a beam search do. Refuses
  /// another number of sources than there are batch elements, and sources that are none (InvalidArgument).
  Result<void> reorder(std::span<const std::size_t> sources);

  /// Forgets all tokens and keeps the memory.
  void clear();

 private:
  KeyValueCache(const Shape& shape, std::optional<std::size_t> window) : shape_(shape), window_(window) {}

  /// Tokens that a next one can see.
  std::size_t kept() const;
  Result<void> make_room(std::size_t tokens);

  Shape shape_;
  std::optional<std::size_t> window_;
  std::size_t capacity_ = 0;  ///< tokens that there is room for
  std::size_t start_ = 0;     ///< where the first that is there lies
  std::size_t stored_ = 0;
  std::size_t length_ = 0;
  kernels::Buffer keys_;    ///< (B, Hkv, capacity, D)
  kernels::Buffer values_;  ///< (B, Hkv, capacity, Dv)
};

}  // namespace headscope
