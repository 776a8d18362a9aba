#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

#include "headscope/attention/dropout.hpp"
#include "headscope/attention/tensors.hpp"
#include "headscope/kernels/bias.hpp"
#include "headscope/kernels/rows.hpp"
#include "headscope/kernels/workspace.hpp"

namespace headscope {

/// Attention of one query at a time, with keys in lanes and as they lie in memory: for decoding, where a call has a
/// query or two, and for looking at a single row.
template <class Arch>
class AttendRow {
 public:
  /// Elements of a query's and a key's row lie side by side.
  explicit AttendRow(const AttentionTensors& tensors) : tensors_(tensors) {}

  /// To be called once, before everything else.
  Result<void> allocate() {
    const std::size_t padded = kernels::padded_row<Arch>(tensors_.key_length() + kernels::packed_overhang<Arch>);
    auto buffer = kernels::allocate_floats(padded + tensors_.depth());
    if (!buffer) return std::unexpected(buffer.error());
    buffer_ = std::move(*buffer);
    scores_ = buffer_.get();
    query_ = scores_ + padded;
    return {};
  }

  /// The weights of a row.
  struct Row {
    KeyRange keys;         ///< all other weights are 0
    const float* weights;  ///< (keys.end - keys.first), to be multiplied with factor
    float factor;          ///< 0 for a row without any key
    float log_sum_exp;
  };

  Row row(std::size_t batch, std::size_t head, std::size_t query) {
    const AttentionOptions& options = tensors_.options;
    const KeyRange reachable = reachable_keys(tensors_, batch, query);
    // Scores are asked for whether or not they are forbidden later.
    const KeyRange keys = tensors_.results.scores ? KeyRange{.first = 0, .end = tensors_.key_length()} : reachable;
    const std::size_t count = keys.end - keys.first;
    const std::size_t padded = kernels::padded_row<Arch>(count);

    const float* const q = row_of(tensors_.query, batch, head, query);
    for (std::size_t d = 0; d < tensors_.depth(); ++d) query_[d] = q[d] * tensors_.scale() * log2e;
    kernels::row_times_transposed<Arch>(query_, some_rows(tensors_.key, batch, head, keys), scores_);
    keep_scores(ScoreStage::scaled, batch, head, query, count, ln2);
    std::fill(scores_ + count, scores_ + padded, forbidden);
    if (options.softcap > 0) kernels::softcap<Arch>(scores_, padded, options.softcap);
    std::fill(scores_ + count, scores_ + padded, forbidden);
    keep_scores(ScoreStage::softcapped, batch, head, query, count, ln2);
    const bool allowed = add_bias(batch, head, query, keys, reachable);
    keep_scores(ScoreStage::biased, batch, head, query, count, ln2);

    float maximum = options.sinks ? (*options.sinks)(head)*log2e : forbidden;
    float sum = options.sinks ? 1.0f : 0.0f;
    kernels::softmax_row<Arch>(scores_, padded, maximum, sum);
    const float factor = allowed ? 1.0f / sum : 0.0f;
    keep_scores(ScoreStage::softmax, batch, head, query, count, factor);
    if (options.dropout.probability > 0) {
      const DropoutRow dropout(options.dropout, batch * tensors_.query.shape()[1] + head, query);
      for (std::size_t j = 0; j < count; ++j) scores_[j] *= dropout.factor(keys.first + j);
    }
    return {.keys = keys,
            .weights = scores_,
            .factor = factor,
            .log_sum_exp = allowed ? (maximum + std::log2(sum)) * ln2 : forbidden};
  }

  /// Stores the weights (Lk) of a row.
  void store_weights(const Row& row, float* weights) const {
    std::fill_n(weights, tensors_.key_length(), 0.0f);
    store(row.weights, row.keys.end - row.keys.first, row.factor, weights + row.keys.first);
  }

  /// All that is asked for of one query.
  void run(std::size_t batch, std::size_t head, std::size_t query) {
    const Row r = row(batch, head, query);
    TensorView<float, 4> outputs = tensors_.results.output;
    float* const output = row_of(outputs, batch, head, query);
    const std::size_t columns = tensors_.value_depth();
    const kernels::Matrix values = some_rows(tensors_.value, batch, head, r.keys);
    if (r.factor == 0) {
      std::fill_n(output, columns, 0.0f);
    } else {
      kernels::row_times<Arch>(r.weights, values, r.factor, output);
      // A forbidden key may hold anything, say NaN in padding.
      if (tensors_.forbids() && !std::all_of(output, output + columns, [](float o) { return std::isfinite(o); })) {
        kernels::row_times_without_zeros(r.weights, values, r.factor, output);
      }
    }
    if (tensors_.results.weights) {
      TensorView<float, 4> weights = *tensors_.results.weights;
      store_weights(r, row_of(weights, batch, head, query));
    }
    if (tensors_.results.log_sum_exp) {
      TensorView<float, 3> log_sum_exp = *tensors_.results.log_sum_exp;
      log_sum_exp(batch, head, query) = r.log_sum_exp;
    }
  }

 private:
  static constexpr float forbidden = -std::numeric_limits<float>::infinity();
  static constexpr float log2e = std::numbers::log2e_v<float>;
  static constexpr float ln2 = std::numbers::ln2_v<float>;

  kernels::Matrix some_rows(const TensorView<const float, 4>& tensor, std::size_t batch, std::size_t head,
                            const KeyRange& keys) const {
    kernels::Matrix matrix = head_matrix(tensor, batch, head / tensors_.group());
    matrix.data += keys.first * matrix.row_stride;
    matrix.rows = keys.end - keys.first;
    return matrix;
  }

  /// Everything that is added to scores_ of `keys` or forbids them. Whether any key is left.
  bool add_bias(std::size_t batch, std::size_t head, std::size_t query, const KeyRange& keys,
                const KeyRange& reachable) {
    const AttentionOptions& options = tensors_.options;
    if (options.alibi_slopes) {
      const float slope = (*options.alibi_slopes)(head)*log2e;
      const std::int64_t p = position(options, batch, query);
      for (std::size_t j = keys.first; j < keys.end; ++j) {
        scores_[j - keys.first] -= slope * static_cast<float>(std::abs(p - static_cast<std::int64_t>(j)));
      }
    }
    std::fill(scores_, scores_ + std::min(reachable.first, keys.end) - keys.first, forbidden);
    std::fill(scores_ + std::max(reachable.end, keys.first) - keys.first, scores_ + keys.end - keys.first, forbidden);
    if (!tensors_.has_mask()) return reachable.end > reachable.first;
    bool allowed = false;
    const auto apply = [&](const auto* row, std::size_t step, auto&& bias_of) {
      for (std::size_t j = reachable.first; j < reachable.end; ++j) {
        const float bias = bias_of(row[j * step]);
        float& score = scores_[j - keys.first];
        score = bias == forbidden ? forbidden : score + bias;
        allowed = allowed || bias != forbidden;
      }
    };
    with_mask_row(
        options.mask, batch, head, query,
        [&](const std::uint8_t* row, std::size_t step) {
          apply(row, step, [](std::uint8_t is_allowed) { return is_allowed ? 0.0f : forbidden; });
        },
        [&](const float* row, std::size_t step) {
          apply(row, step, [](float bias) {
            // A finite bias stays finite: the lowest float must not turn into -inf.
            return bias == forbidden ? forbidden : std::max(bias * log2e, std::numeric_limits<float>::lowest());
          });
        });
    return allowed;
  }

  static void store(const float* from, std::size_t count, float factor, float* to) {
    for (std::size_t j = 0; j < count; ++j) to[j] = factor == 0 ? 0.0f : from[j] * factor;
  }

  void keep_scores(ScoreStage stage, std::size_t batch, std::size_t head, std::size_t query, std::size_t count,
                   float factor) {
    if (!tensors_.results.scores || tensors_.results.scores->stage != stage) return;
    TensorView<float, 4> scores = tensors_.results.scores->scores;
    store(scores_, count, factor, row_of(scores, batch, head, query));
  }

  const AttentionTensors& tensors_;
  kernels::Buffer buffer_;
  float* scores_ = nullptr;  ///< (Lk) and room to a whole register
  float* query_ = nullptr;   ///< (D), times scale log2(e)
};

}  // namespace headscope
