#include "headscope/attention/attention_session.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>
#include <numbers>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>

#include "headscope/attention/attend_row.hpp"
#include "headscope/attention/check.hpp"
#include "headscope/attention/strip_scores.hpp"
#include "headscope/attention/tensors.hpp"
#include "headscope/expect.hpp"
#include "headscope/kernels/pool.hpp"
#include "headscope/kernels/row_statistics.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/kernels/store_rows.hpp"
#include "headscope/kernels/workspace.hpp"

namespace headscope {
namespace {

using Arch = xsimd::default_arch;
constexpr std::size_t lanes = kernels::Lanes<Arch>::count;

Result<void> expect_below(const char* argument, std::size_t index, std::size_t end) {
  if (index < end) return {};
  return refuse(StatusCode::InvalidArgument, argument, "a number below " + std::to_string(end), std::to_string(index));
}

Result<void> expect_size(const char* argument, std::size_t size, std::size_t expected) {
  if (size == expected) return {};
  return refuse(StatusCode::InvalidShape, argument, "room for " + std::to_string(expected) + " numbers",
                std::to_string(size));
}

Result<void> expect_range(const char* argument, Range range, std::size_t end) {
  if (range.count > 0 && range.first < end && range.count <= end - range.first) return {};
  return refuse(StatusCode::InvalidArgument, argument, "some of the " + std::to_string(end) + " there are",
                std::to_string(range.count) + " from " + std::to_string(range.first) + " on");
}

}  // namespace

// prepare() fills every optional member before anything else is called.
// NOLINTBEGIN(bugprone-unchecked-optional-access)
class AttentionSession::Implementation {
 public:
  Result<void> prepare(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                       const AttentionOptions& options) {
    if (auto kept = keep(query, key, options); !kept) return kept;
    const std::size_t rows = heads() * strips_per_head() * lanes;
    const std::size_t padded_keys = kernels::round_up(key_length(), kernels::panel_rows);
    const std::size_t key_heads = key.shape()[0] * key.shape()[1];
    scoring_.emplace(*tensors_, padded_keys);
    attend_row_.emplace(*tensors_);
    const auto allocate = [](kernels::Buffer& buffer, std::size_t count) -> Result<void> {
      auto allocated = kernels::allocate_floats(count);
      if (!allocated) return std::unexpected(allocated.error());
      buffer = std::move(*allocated);
      return {};
    };
    auto made = first_failure(
        allocate(maxima_, rows), allocate(factors_, rows), allocate(seen_, rows / lanes),
        allocate(row_weights_, key_length()), allocate(row_order_, key_length()),
        allocate(workspace_, scoring_->workspace()), allocate(packed_queries_, scoring_->packed_size()),
        allocate(window_, padded_keys * lanes),
        allocate(panels_, key_heads * padded_keys * depth() + kernels::packed_overhang<Arch>), attend_row_->allocate());
    if (!made) return made;
    std::fill_n(seen_.get(), rows / lanes, 0.0f);
    scoring_->set_workspace(workspace_.get());
    for (std::size_t head = 0; head < key_heads; ++head) {
      kernels::pack_panels<Arch>(head_matrix(tensors_->key, head / key.shape()[1], head % key.shape()[1]),
                                 panels_.get() + head * padded_keys * depth());
    }
    return {};
  }

  std::size_t heads() const { return tensors_->query.shape()[0] * tensors_->query.shape()[1]; }
  std::size_t query_length() const { return tensors_->query_length(); }
  std::size_t key_length() const { return tensors_->key_length(); }

  void row(std::size_t head, std::size_t query, float* weights) {
    attend_row_->store_weights(attend_row_->row(batch_of(head), head_of(head), query), weights);
  }

  template <bool takes_largest>
  Result<void> tile(std::size_t head, Range rows, Range columns, std::size_t width, std::size_t height, Range part,
                    float* pixels) {
    const bool is_exact = width == columns.count;
    const auto size = element_count<float>(Extents<2>{width, 2 * lanes + 2});
    if (!size) return refuse(StatusCode::TooLarge, "width", "a picture that memory can address", std::to_string(width));
    auto buffer = kernels::allocate_floats(*size);
    if (!buffer) return std::unexpected(buffer.error());
    float* const pooled = buffer->get();                // (width, lanes)
    float* const pooled_rows = pooled + width * lanes;  // (lanes, width)
    auto* const cells = reinterpret_cast<kernels::Cells*>(pooled_rows + width * lanes);
    for (std::size_t x = 0; x < width; ++x) {
      cells[x] = {.first = static_cast<std::uint32_t>(kernels::first_cell(x, width, columns.count)),
                  .end = static_cast<std::uint32_t>(kernels::end_cell(x, width, columns.count))};
    }
    if (part.first == rows.first) std::fill_n(pixels, width * height, 0.0f);
    const std::size_t end = part.first + part.count;
    std::size_t y = 0;
    for (std::size_t first = part.first / lanes * lanes; first < end; first += lanes) {
      const float* const weights = weights_of(head, first, columns);
      if (!is_exact) kernels::pool_keys<Arch, takes_largest>(weights, cells, width, pooled);
      kernels::store_rows<Arch>(is_exact ? weights : pooled, width, factors(head, first), lanes, pooled_rows, width);
      for (std::size_t l = 0; l < lanes; ++l) {
        const std::size_t query = first + l;
        if (query < part.first || query >= end) continue;
        const std::size_t cell = query - rows.first;
        while (kernels::end_cell(y, height, rows.count) <= cell) ++y;
        // A row shows in more than one pixel where there are more pixels than rows.
        for (std::size_t shown = y; shown < height && kernels::first_cell(shown, height, rows.count) <= cell; ++shown) {
          kernels::pool_row<Arch, takes_largest>(pooled_rows + l * width, width, pixels + shown * width);
        }
      }
    }
    if (!takes_largest && end == rows.first + rows.count) {
      for (std::size_t row = 0; row < height; ++row) {
        const std::size_t tall =
            kernels::end_cell(row, height, rows.count) - kernels::first_cell(row, height, rows.count);
        for (std::size_t x = 0; x < width; ++x) {
          pixels[row * width + x] /= static_cast<float>(tall * (cells[x].end - cells[x].first));
        }
      }
    }
    return {};
  }

  std::size_t top_k(std::size_t head, std::size_t query, std::size_t k, std::int32_t* keys, float* weights) {
    row(head, query, row_weights_.get());
    auto* const order = reinterpret_cast<std::int32_t*>(row_order_.get());
    const std::size_t length = key_length();
    const std::size_t count = std::min(k, length);
    std::iota(order, order + length, 0);
    std::partial_sort(order, order + count, order + length, [&](std::int32_t a, std::int32_t b) {
      const float wa = row_weights_[a];
      const float wb = row_weights_[b];
      // NaN is no weight to be sorted by: it goes last.
      if (std::isnan(wa) != std::isnan(wb)) return std::isnan(wb);
      return wa > wb || (!(wa < wb) && a < b);
    });
    for (std::size_t i = 0; i < count; ++i) {
      keys[i] = order[i];
      weights[i] = row_weights_[order[i]];
    }
    return count;
  }

  void add_statistics(std::size_t head, Range rows, StatisticsSums& sums) {
    alignas(64) float weight_sum[lanes];
    alignas(64) float log_sum[lanes];
    alignas(64) float distance_sum[lanes];
    alignas(64) float positions[lanes];
    const std::size_t end = rows.first + rows.count;
    for (std::size_t first = rows.first / lanes * lanes; first < end; first += lanes) {
      const Strip s = scores_of(head, first, {.first = 0, .end = key_length()});
      float* const maximum = maxima(head, first);
      for (std::size_t l = 0; l < lanes; ++l) {
        positions[l] = static_cast<float>(position(tensors_->options, s.batch, first + l) -
                                          static_cast<std::int64_t>(s.some.first));
      }
      const std::size_t keys = s.some.end - s.some.first;
      kernels::largest_scores<Arch>(scoring_->scores(), keys, maximum);
      kernels::row_statistics<Arch>(scoring_->scores(), keys, maximum, positions, {weight_sum, log_sum, distance_sum});
      see(head, s, weight_sum);
      for (std::size_t l = 0; l < s.queries; ++l) {
        const float factor = factors(head, first)[l];
        if (factor == 0 || first + l < rows.first || first + l >= end) continue;
        sums.rows += 1;
        const auto weight_at = [&](std::int64_t key) {
          const auto j = key - static_cast<std::int64_t>(s.some.first);
          return j < 0 || j >= static_cast<std::int64_t>(keys) ? 0.0f : scoring_->scores()[j * lanes + l] * factor;
        };
        const std::int64_t p = position(tensors_->options, s.batch, first + l);
        // -Σ w ln w with w = factor 2^e is -factor ln 2 Σ 2^e e - factor ln(factor) Σ 2^e.
        sums.entropy -= factor * (std::numbers::ln2_v<float> * log_sum[l] + std::log(factor) * weight_sum[l]);
        sums.mean_distance += factor * distance_sum[l];
        sums.first_key += weight_at(0);
        sums.diagonal += weight_at(p);
        sums.previous_token += weight_at(p - 1);
      }
    }
  }

 private:
  std::size_t batch_of(std::size_t head) const { return head / tensors_->query.shape()[1]; }
  std::size_t head_of(std::size_t head) const { return head % tensors_->query.shape()[1]; }
  std::size_t depth() const { return tensors_->depth(); }
  std::size_t strips_per_head() const { return (query_length() + lanes - 1) / lanes; }
  std::size_t strip_index(std::size_t head, std::size_t query) const {
    return head * strips_per_head() + query / lanes;
  }
  float* maxima(std::size_t head, std::size_t query) const { return maxima_.get() + strip_index(head, query) * lanes; }
  float* factors(std::size_t head, std::size_t query) const {
    return factors_.get() + strip_index(head, query) * lanes;
  }

  /// A row-major copy in memory of the session's own.
  template <class View>
  Result<View> copy(const View& given) {
    using Element = std::remove_const_t<typename View::value_type>;
    constexpr std::size_t rank = std::tuple_size_v<typename View::shape_type>;
    auto buffer = kernels::allocate_floats((given.size() * sizeof(Element) + sizeof(float) - 1) / sizeof(float));
    if (!buffer) return std::unexpected(buffer.error());
    auto* const data = reinterpret_cast<Element*>(buffer->get());
    std::copy(given.begin(), given.end(), data);
    kept_[kept_count_++] = std::move(*buffer);
    Extents<rank> shape;
    std::copy_n(given.shape().begin(), rank, shape.begin());
    return view_of<const Element, rank>(data, shape);
  }

  Result<void> keep(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                    const AttentionOptions& options) {
    const auto [batch, heads, query_length, depth] = Extents<4>{query.shape()};
    const std::size_t key_length = key.shape()[2];
    if (auto fits = check_query_and_key(query, key); !fits) return fits;
    if (auto fits = check_options(options, {batch, heads, query_length, key_length}); !fits) return fits;
    if (options.dropout.probability > 0) {
      return refuse(StatusCode::InvalidArgument, "dropout", "none in a session", "some");
    }
    AttentionOptions kept{
        .scale = options.scale, .softcap = options.softcap, .causal = options.causal, .window = options.window};
    const auto keep_in = [&](auto& place, const auto& given) -> Result<void> {
      if (!given) return {};
      auto copied = copy(*given);
      if (!copied) return std::unexpected(copied.error());
      place.emplace(*copied);
      return {};
    };
    auto done = first_failure(keep_in(kept.first_positions, options.first_positions),
                              keep_in(kept.key_lengths, options.key_lengths),
                              keep_in(kept.alibi_slopes, options.alibi_slopes), keep_in(kept.sinks, options.sinks));
    if (!done) return done;
    if (const auto* mask = std::get_if<BooleanMask>(&options.mask)) {
      auto allowed = copy(mask->allowed);
      if (!allowed) return std::unexpected(allowed.error());
      kept.mask.emplace<BooleanMask>(*allowed);
    } else if (const auto* mask = std::get_if<AdditiveMask>(&options.mask)) {
      auto bias = copy(mask->bias);
      if (!bias) return std::unexpected(bias.error());
      kept.mask.emplace<AdditiveMask>(*bias);
    }
    auto own_query = copy(query);
    if (!own_query) return std::unexpected(own_query.error());
    auto own_key = copy(key);
    if (!own_key) return std::unexpected(own_key.error());
    // Weights need no values: there are none, of no columns.
    tensors_.emplace(
        AttentionTensors{.query = *own_query,
                         .key = *own_key,
                         .value = view_of<const float, 4>(nullptr, {batch, key.shape()[1], key_length, 0}),
                         .options = kept,
                         .results = {.output = view_of<float, 4>(nullptr, {batch, heads, query_length, 0})}});
    return {};
  }

  /// The scores of a strip's queries for the part of some keys that they may reach, which becomes s.some, from whole
  /// panels on.
  Strip scores_of(std::size_t head, std::size_t first_query, KeyRange keys) {
    Strip s = scoring_->strip(batch_of(head), head_of(head), first_query, packed_queries_.get());
    s.some.first = std::max(s.some.first, keys.first) / kernels::panel_rows * kernels::panel_rows;
    s.some.end = std::max(s.some.first, std::min(s.some.end, keys.end));
    std::fill_n(allowed_, lanes, 0.0f);
    if (s.some.first == s.some.end) return s;
    const std::size_t key_head = s.batch * tensors_->key.shape()[1] + s.head / tensors_->group();
    const std::size_t first_row = key_head * kernels::round_up(key_length(), kernels::panel_rows) + s.some.first;
    scoring_->compute(s, s.some.first, s.some.end - s.some.first, panels_.get() + first_row * depth(), allowed_,
                      [](ScoreStage) {});
    return s;
  }

  /// Keeps what is needed to have any weight of these rows again: the largest score, and what makes weights of the
  /// exponentials, whose sums over the keys are given. (sums are of the whole rows, and so is what is allowed.)
  void see(std::size_t head, const Strip& s, const float* sum) {
    const float* const maximum = maxima(head, s.first_query);
    float* const factor = factors(head, s.first_query);
    for (std::size_t l = 0; l < lanes; ++l) {
      const auto& sinks = tensors_->options.sinks;
      const float base = maximum[l] == -std::numeric_limits<float>::infinity() ? 0.0f : maximum[l];
      const float sink = sinks ? std::exp2((*sinks)(s.head) * std::numbers::log2e_v<float> - base) : 0.0f;
      factor[l] = allowed_[l] != 0 ? 1.0f / (sum[l] + sink) : 0.0f;
    }
    seen_[strip_index(head, s.first_query)] = 1.0f;
  }

  /// A strip's weights (columns.count, lanes) in some columns, to be multiplied with factors(). The first time, the
  /// strip's whole rows are computed.
  const float* weights_of(std::size_t head, std::size_t first_query, Range columns) {
    const KeyRange asked{.first = columns.first, .end = columns.first + columns.count};
    const bool seen = seen_[strip_index(head, first_query)] != 0;
    const Strip s = scores_of(head, first_query, seen ? asked : KeyRange{.first = 0, .end = key_length()});
    const std::size_t keys = s.some.end - s.some.first;
    float* const scores = scoring_->scores();
    float* const maximum = maxima(head, first_query);
    if (!seen) kernels::largest_scores<Arch>(scores, keys, maximum);
    alignas(64) float sum[lanes];
    kernels::exponentials<Arch>(scores, keys, maximum, sum);
    if (!seen) see(head, s, sum);
    if (s.some.first <= asked.first && s.some.end >= asked.end) return scores + (asked.first - s.some.first) * lanes;
    // Columns that no query of the strip may reach are 0.
    const std::size_t begin = std::clamp(s.some.first, asked.first, asked.end);
    const std::size_t end = std::clamp(s.some.end, begin, asked.end);
    float* next = std::fill_n(window_.get(), (begin - asked.first) * lanes, 0.0f);
    if (end > begin) next = std::copy_n(scores + (begin - s.some.first) * lanes, (end - begin) * lanes, next);
    std::fill_n(next, (asked.end - end) * lanes, 0.0f);
    return window_.get();
  }

  std::optional<AttentionTensors> tensors_;
  std::array<kernels::Buffer, 7> kept_;  ///< what tensors_ looks at
  std::size_t kept_count_ = 0;
  std::optional<StripScores<Arch>> scoring_;
  std::optional<AttendRow<Arch>> attend_row_;
  kernels::Buffer panels_;          ///< (B Hkv, ceil(Lk / 6), D, 6)
  kernels::Buffer maxima_;          ///< (B Hq, strips, lanes): the largest score of each row
  kernels::Buffer factors_;         ///< (B Hq, strips, lanes): what makes weights of exponentials
  kernels::Buffer seen_;            ///< (B Hq, strips): 1 where the two are known
  kernels::Buffer workspace_;       ///< of scoring_
  kernels::Buffer packed_queries_;  ///< (D, lanes)
  kernels::Buffer window_;          ///< (Lk, lanes)
  kernels::Buffer row_weights_;     ///< (Lk)
  kernels::Buffer row_order_;       ///< (Lk), as 32-bit integers
  alignas(64) float allowed_[lanes] = {};
};

// NOLINTEND(bugprone-unchecked-optional-access)

AttentionSession::AttentionSession(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
AttentionSession::AttentionSession(AttentionSession&&) noexcept = default;
AttentionSession& AttentionSession::operator=(AttentionSession&&) noexcept = default;
AttentionSession::~AttentionSession() = default;

Result<AttentionSession> AttentionSession::create(const TensorView<const float, 4>& query,
                                                  const TensorView<const float, 4>& key,
                                                  const AttentionOptions& options) {
  std::unique_ptr<Implementation> implementation(new (std::nothrow) Implementation);
  if (!implementation) return refuse(StatusCode::OutOfMemory, "memory", "room for a session", "none");
  if (auto ready = implementation->prepare(query, key, options); !ready) return std::unexpected(ready.error());
  return AttentionSession(std::move(implementation));
}

std::size_t AttentionSession::heads() const { return implementation_->heads(); }
std::size_t AttentionSession::query_length() const { return implementation_->query_length(); }
std::size_t AttentionSession::key_length() const { return implementation_->key_length(); }

Result<void> AttentionSession::row(std::size_t head, std::size_t query, std::span<float> weights) {
  if (auto fits = first_failure(expect_below("head", head, heads()), expect_below("query", query, query_length()),
                                expect_size("weights", weights.size(), key_length()));
      !fits) {
    return fits;
  }
  implementation_->row(head, query, weights.data());
  return {};
}

Result<void> AttentionSession::tile(std::size_t head, Range rows, Range columns, std::size_t width, std::size_t height,
                                    Pooling pooling, std::span<float> pixels) {
  return tile_part(head, rows, columns, width, height, pooling, rows, pixels);
}

Result<void> AttentionSession::tile_part(std::size_t head, Range rows, Range columns, std::size_t width,
                                         std::size_t height, Pooling pooling, Range part, std::span<float> pixels) {
  auto fits = first_failure(expect_below("head", head, heads()), expect_range("rows", rows, query_length()),
                            expect_range("columns", columns, key_length()),
                            // A part that begins before the rows is one of too many.
                            expect_range("part", {.first = part.first - rows.first, .count = part.count}, rows.count));
  if (fits && (width == 0 || height == 0)) {
    fits = refuse(StatusCode::InvalidArgument, width == 0 ? "width" : "height", "at least 1", "0");
  }
  if (fits && !element_count<float>(Extents<2>{height, width})) {
    fits = refuse(StatusCode::TooLarge, "pixels", "a picture that memory can address",
                  shape_text(Extents<2>{height, width}));
  }
  if (fits) fits = expect_size("pixels", pixels.size(), width * height);
  if (!fits) return fits;
  return pooling == Pooling::max
             ? implementation_->tile<true>(head, rows, columns, width, height, part, pixels.data())
             : implementation_->tile<false>(head, rows, columns, width, height, part, pixels.data());
}

Result<std::size_t> AttentionSession::top_k(std::size_t head, std::size_t query, std::size_t k,
                                            std::span<std::int32_t> keys, std::span<float> weights) {
  const std::size_t count = std::min(k, key_length());
  if (auto fits = first_failure(expect_below("head", head, heads()), expect_below("query", query, query_length()),
                                expect_size("keys", keys.size(), count), expect_size("weights", weights.size(), count));
      !fits) {
    return std::unexpected(fits.error());
  }
  return implementation_->top_k(head, query, k, keys.data(), weights.data());
}

Result<HeadStatistics> AttentionSession::statistics(std::size_t head) {
  if (auto fits = expect_below("head", head, heads()); !fits) return std::unexpected(fits.error());
  StatisticsSums sums;
  implementation_->add_statistics(head, {.first = 0, .count = query_length()}, sums);
  return sums.means();
}

Result<void> AttentionSession::add_statistics(std::size_t head, Range rows, StatisticsSums& sums) {
  auto fits = expect_below("head", head, heads());
  if (fits && rows.count > 0) fits = expect_range("rows", rows, query_length());
  if (fits) implementation_->add_statistics(head, rows, sums);
  return fits;
}

HeadStatistics StatisticsSums::means() const {
  const auto mean = [&](double sum) { return rows == 0 ? 0.0f : static_cast<float>(sum / rows); };
  return {.entropy = mean(entropy),
          .mean_distance = mean(mean_distance),
          .first_key = mean(first_key),
          .diagonal = mean(diagonal),
          .previous_token = mean(previous_token)};
}

}  // namespace headscope
