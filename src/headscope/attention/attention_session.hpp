#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "headscope/attention/options.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// What one pixel shows of the weights that it covers.
enum class Pooling { max, mean };

/// `count` rows or columns from `first` on.
struct Range {
  std::size_t first;
  std::size_t count;
};

/// What a head does, averaged over its rows that attend to anything.
struct HeadStatistics {
  float entropy;         ///< -Σ w ln w of a row, in nats
  float mean_distance;   ///< Σ w |p - j|, p the query's position
  float first_key;       ///< weight of key 0
  float diagonal;        ///< weight of the key at the query's own position
  float previous_token;  ///< weight of the key before it
};

/// Sums over rows, of which a head's statistics are the means.
struct StatisticsSums {
  double rows = 0;  ///< that attend to anything
  double entropy = 0;
  double mean_distance = 0;
  double first_key = 0;
  double diagonal = 0;
  double previous_token = 0;

  HeadStatistics means() const;
};

/// Attention weights on demand: queries and packed keys stay in memory, weights are computed where they are looked at
/// and never stored. Only two numbers of each row are kept, so that a part of it can be had without the rest. Heads are
/// counted through all batch elements: b Hq + h.
class AttentionSession {
 public:
  /// query (B, Hq, Lq, D), key (B, Hkv, Lk, D): copied, as is everything in the options. Dropout is not for looking at
  /// weights and is refused, all else as in scaled_dot_product_attention.
  static Result<AttentionSession> create(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                                         const AttentionOptions& options);

  AttentionSession(AttentionSession&&) noexcept;
  AttentionSession& operator=(AttentionSession&&) noexcept;
  ~AttentionSession();

  std::size_t heads() const;         ///< B Hq
  std::size_t query_length() const;  ///< Lq
  std::size_t key_length() const;    ///< Lk

  /// The weights (Lk) of one query.
  Result<void> row(std::size_t head, std::size_t query, std::span<float> weights);

  /// A picture of some rows and columns, (height, width) row-major. Pixel (y, x) pools the rows from
  /// rows.first + floor(y rows.count / height) up to, not including, the first of pixel y + 1, at least one; columns
  /// likewise. With height = rows.count and width = columns.count pixels are the weights. A whole head takes one pass
  /// over its products; a part of it less, once its rows have been seen.
  Result<void> tile(std::size_t head, Range rows, Range columns, std::size_t width, std::size_t height, Pooling pooling,
                    std::span<float> pixels);

  /// Draws some of the rows of a tile only, for work that stops now and then: the parts of a tile follow each other
  /// from its first row to its last, with the same pixels, which then are those of tile() to the bit.
  Result<void> tile_part(std::size_t head, Range rows, Range columns, std::size_t width, std::size_t height,
                         Pooling pooling, Range part, std::span<float> pixels);

  /// The largest weights of one query, largest first, equal ones by key: min(k, Lk) of them. Returns how many.
  Result<std::size_t> top_k(std::size_t head, std::size_t query, std::size_t k, std::span<std::int32_t> keys,
                            std::span<float> weights);

  Result<HeadStatistics> statistics(std::size_t head);

  /// Adds some rows, or none, to the sums that statistics() is made of. All rows in their order give its bits.
  Result<void> add_statistics(std::size_t head, Range rows, StatisticsSums& sums);

 private:
  class Implementation;
  explicit AttentionSession(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace headscope
