#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <utility>

#include "headscope/attention/dropout.hpp"
#include "headscope/attention/strip_scores.hpp"
#include "headscope/attention/tensors.hpp"
#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/kernels/store_rows.hpp"
#include "headscope/kernels/workspace.hpp"

namespace headscope {

/// Attention with queries in lanes:
///
///   S = scale Q Kᵀ + bias      P = softmax(S)      O = P V
///
/// Strips of queries are taken in batches that stay in the second-level cache together, and keys in blocks: a block is
/// packed once for all strips of a batch, of all heads that share the keys, and an online softmax carries each strip
/// from block to block. No row of scores is ever whole in memory, unless weights or scores are asked for: then a block
/// is the whole row, and its exponentials are the weights once they are divided by their sum.
template <class Arch>
class Attend {
 public:
  explicit Attend(const AttentionTensors& tensors)
      : tensors_(tensors),
        value_depth_(tensors.value_depth()),
        key_length_(tensors.key_length()),
        strips_per_head_((tensors.query_length() + lanes - 1) / lanes),
        block_keys_(tensors.needs_whole_rows() ? kernels::round_up(key_length_, kernels::panel_rows)
                                               : even_block(key_length_)),
        scoring_(tensors, block_keys_),
        batch_strips_(
            std::clamp<std::size_t>(batch_floats / strip_size(), 1,
                                    std::clamp<std::size_t>(tensors.group() * strips_per_head_, 1, most_strips))) {}

  /// To be called once, before run().
  Result<void> allocate() {
    const std::size_t packed_keys_size = kernels::packed_panels_size<Arch>(block_keys_, tensors_.depth());
    auto buffer =
        kernels::allocate_floats(scoring_.workspace() + 2 * lanes + batch_strips_ * strip_size() + packed_keys_size);
    if (!buffer) return std::unexpected(buffer.error());
    buffer_ = std::move(*buffer);
    float* next = buffer_.get();
    const auto take = [&](std::size_t size) { return std::exchange(next, next + size); };
    scoring_.set_workspace(take(scoring_.workspace()));
    rescale_ = take(lanes);
    factor_ = take(lanes);
    strips_memory_ = take(batch_strips_ * strip_size());
    packed_keys_ = take(packed_keys_size);
    return {};
  }

  /// All query heads that read one head of keys and values.
  void run(std::size_t batch, std::size_t kv_head) {
    const std::size_t first_head = kv_head * tensors_.group();
    const std::size_t count = tensors_.group() * strips_per_head_;
    for (std::size_t done = 0; done < count; done += batch_strips_) {
      const std::size_t strips = std::min(batch_strips_, count - done);
      for (std::size_t index = 0; index < strips; ++index) {
        strips_[index] = strip(batch, first_head + (done + index) / strips_per_head_,
                               (done + index) % strips_per_head_ * lanes, strips_memory_ + index * strip_size());
      }
      again_count_ = 0;
      sweep_keys(std::span(strips_).first(strips), false);
      // A forbidden key may hold anything, say NaN in padding. Looking for it afterwards costs next to nothing.
      if (again_count_ > 0) sweep_keys(std::span(again_).first(again_count_), true);
    }
  }

 private:
  using Batch = typename kernels::Lanes<Arch>::Batch;
  static constexpr std::size_t lanes = kernels::Lanes<Arch>::count;
  /// Scores of a block stay in the first-level cache (516 x 8 floats are 16 KiB), its keys and values in the second.
  static constexpr std::size_t most_block_keys = 516;
  /// The strips of a batch take a quarter of a megabyte.
  static constexpr std::size_t batch_floats = 65536;
  static constexpr std::size_t most_strips = 64;

  /// Blocks of one size, so that no small one is left at the end.
  static std::size_t even_block(std::size_t keys) {
    const std::size_t blocks = std::max<std::size_t>(1, (keys + most_block_keys - 1) / most_block_keys);
    return kernels::round_up((keys + blocks - 1) / blocks, kernels::panel_rows);
  }

  /// A strip, and how far it has come.
  struct Progress : Strip {
    float* output;   ///< (Dv, lanes), not yet divided by sum
    float* maximum;  ///< (lanes)
    float* sum;      ///< (lanes)
    float* allowed;  ///< (lanes), 1 where a row has met a key that it may attend to
  };

  std::size_t strip_size() const { return scoring_.packed_size() + (value_depth_ + 3) * lanes; }

  Progress strip(std::size_t batch, std::size_t head, std::size_t first_query, float* memory) const {
    float* const output = memory + scoring_.packed_size();
    float* const rows = output + value_depth_ * lanes;
    return {{scoring_.strip(batch, head, first_query, memory)}, output, rows, rows + lanes, rows + 2 * lanes};
  }

  /// Before the first key. A sink is a key without a value that all queries have met.
  void start(const Progress& s) {
    const auto& sinks = tensors_.options.sinks;
    const float sink =
        sinks ? (*sinks)(s.head) * std::numbers::log2e_v<float> : -std::numeric_limits<float>::infinity();
    std::fill_n(s.maximum, lanes, sink);
    std::fill_n(s.sum, lanes, sinks ? 1.0f : 0.0f);
    std::fill_n(s.allowed, lanes, 0.0f);
    // The first key's products overwrite what is there.
    if (s.some.first == s.some.end) std::fill_n(s.output, value_depth_ * lanes, 0.0f);
  }

  /// All strips are of one batch element, and their heads read the same keys.
  void sweep_keys(std::span<const Progress> strips, bool skips_zeros) {
    std::size_t begin = key_length_;
    std::size_t end = 0;
    for (const Progress& s : strips) {
      start(s);
      begin = std::min(begin, s.some.first);
      end = std::max(end, s.some.end);
    }
    const kernels::Matrix keys = head_matrix(tensors_.key, strips[0].batch, strips[0].head / tensors_.group());
    // Blocks begin at multiples of their size whatever the strips are: the sums of a row come out the same, bit for
    // bit, however the work is split.
    for (std::size_t first = begin / std::max<std::size_t>(1, block_keys_) * block_keys_; first < end;
         first += block_keys_) {
      kernels::Matrix block = keys;
      block.data += first * keys.row_stride;
      block.rows = std::min(block_keys_, end - first);
      kernels::pack_panels<Arch>(block, packed_keys_);
      for (const Progress& s : strips) {
        // From whole panels to the last key that is needed.
        const std::size_t skipped =
            s.some.first > first ? (s.some.first - first) / kernels::panel_rows * kernels::panel_rows : 0;
        const std::size_t from = first + skipped;
        const std::size_t to = std::min(first + block.rows, s.some.end);
        if (to <= from || s.some.first == s.some.end) continue;
        add_keys(s, from, to - from, packed_keys_ + skipped * tensors_.depth(), skips_zeros);
        if (tensors_.needs_whole_rows()) finish(s, from, to - from, skips_zeros);
      }
    }
    for (const Progress& s : strips) {
      if (!tensors_.needs_whole_rows() || s.some.first == s.some.end) finish(s, 0, 0, skips_zeros);
    }
  }

  /// The next `keys` keys from `first` on.
  void add_keys(const Progress& s, std::size_t first, std::size_t keys, const float* packed_keys, bool skips_zeros) {
    float* const scores = scoring_.scores();
    scoring_.compute(s, first, keys, packed_keys, s.allowed,
                     [&](ScoreStage stage) { keep_scores(stage, s, first, keys); });
    kernels::online_softmax<Arch>(scores, keys, s.maximum, s.sum, rescale_);
    const bool is_first = first <= s.some.first;
    if (!is_first) rescale_output(s);
    keep_scores(ScoreStage::softmax, s, first, keys);
    drop_out(s, first, keys);
    const kernels::Matrix values = head_matrix(tensors_.value, s.batch, s.head / tensors_.group());
    for (std::size_t j = 0; j < keys; j += kernels::chain) {
      const std::size_t count = std::min(kernels::chain, keys - j);
      const float* const rows = values.data + (first + j) * values.row_stride;
      const auto product = skips_zeros ? kernels::outer_product_without_zeros<Arch> : kernels::outer_product<Arch>;
      product(rows, values.row_stride, scores + j * lanes, count, value_depth_, !is_first || j > 0, s.output);
    }
  }

  void rescale_output(const Progress& s) {
    constexpr std::size_t step = kernels::Lanes<Arch>::per_register;
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      const Batch factor = Batch::load_aligned(rescale_ + lane);
      for (float* o = s.output + lane; o < s.output + value_depth_ * lanes; o += lanes) {
        (Batch::load_aligned(o) * factor).store_aligned(o);
      }
    }
  }

  void drop_out(const Progress& s, std::size_t first, std::size_t keys) {
    const Dropout& dropout = tensors_.options.dropout;
    if (dropout.probability == 0) return;
    for (std::size_t l = 0; l < s.queries; ++l) {
      const DropoutRow row(dropout, s.batch * tensors_.query.shape()[1] + s.head, s.first_query + l);
      for (std::size_t j = 0; j < keys; ++j) scoring_.scores()[j * lanes + l] *= row.factor(first + j);
    }
  }

  /// What a row's exponentials are multiplied with to be weights; 0 for a row without any key.
  void find_factors(const Progress& s) {
    for (std::size_t l = 0; l < lanes; ++l) factor_[l] = s.allowed[l] != 0 ? 1.0f / s.sum[l] : 0.0f;
  }

  /// Stores the scores as rows of a result (B, Hq, Lq, Lk), times factor_; 0 for the keys that it does not hold.
  void store_scores(TensorView<float, 4> result, const Strip& s, std::size_t first, std::size_t keys) {
    float* const rows = row_of(result, s.batch, s.head, s.first_query);
    const auto row_stride = static_cast<std::size_t>(result.strides()[2]);
    kernels::store_rows<Arch>(scoring_.scores(), keys, factor_, s.queries, rows + first, row_stride);
    for (std::size_t l = 0; l < s.queries; ++l) {
      float* const row = rows + l * row_stride;
      std::fill(row, row + first, 0.0f);
      std::fill(row + first + keys, row + key_length_, 0.0f);
    }
  }

  void keep_scores(ScoreStage stage, const Progress& s, std::size_t first, std::size_t keys) {
    const std::optional<ScoreResult>& wanted = tensors_.results.scores;
    if (!wanted || wanted->stage != stage) return;
    if (stage == ScoreStage::softmax) {
      find_factors(s);
    } else {
      std::fill_n(factor_, lanes, std::numbers::ln2_v<float>);
    }
    store_scores(wanted->scores, s, first, keys);
  }

  /// After the last key. The scores are those of the keys from `first` on, if whole rows are needed.
  void finish(const Progress& s, std::size_t first, std::size_t keys, bool skips_zeros) {
    if (!skips_zeros && tensors_.forbids() && !is_finite(s)) {
      again_[again_count_++] = s;
      return;
    }
    find_factors(s);
    TensorView<float, 4> output = tensors_.results.output;
    kernels::store_rows<Arch>(s.output, value_depth_, factor_, s.queries,
                              row_of(output, s.batch, s.head, s.first_query),
                              static_cast<std::size_t>(output.strides()[2]));
    if (tensors_.results.weights) store_scores(*tensors_.results.weights, s, first, keys);
    if (tensors_.results.log_sum_exp) {
      TensorView<float, 3> log_sum_exp = *tensors_.results.log_sum_exp;
      for (std::size_t l = 0; l < s.queries; ++l) {
        log_sum_exp(s.batch, s.head, s.first_query + l) =
            s.allowed[l] != 0 ? (s.maximum[l] + std::log2(s.sum[l])) * std::numbers::ln2_v<float>
                              : -std::numeric_limits<float>::infinity();
      }
    }
  }

  bool is_finite(const Progress& s) const {
    Batch sum(0.0f);
    for (std::size_t i = 0; i < value_depth_ * lanes; i += Batch::size) {
      const Batch o = Batch::load_aligned(s.output + i);
      sum += o - o;  // NOLINT(misc-redundant-expression): NaN where o is infinite or NaN
    }
    return xsimd::reduce_add(sum) == 0;
  }

  const AttentionTensors& tensors_;
  std::size_t value_depth_;
  std::size_t key_length_;
  std::size_t strips_per_head_;
  std::size_t block_keys_;
  StripScores<Arch> scoring_;
  std::size_t batch_strips_;
  std::array<Progress, most_strips> strips_;
  std::array<Progress, most_strips> again_;  ///< strips to be done once more, looking away from forbidden keys
  std::size_t again_count_ = 0;
  kernels::Buffer buffer_;
  float* rescale_ = nullptr;        ///< (lanes)
  float* factor_ = nullptr;         ///< (lanes)
  float* strips_memory_ = nullptr;  ///< (batch_strips, strip_size)
  float* packed_keys_ = nullptr;    ///< (ceil(block_keys / 6), D, 6)
};

}  // namespace headscope
