#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>
#include <variant>

#include "headscope/attention/bias.hpp"
#include "headscope/attention/options.hpp"
#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/kernels/store_rows.hpp"
#include "headscope/kernels/workspace.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// The tensors of one call, already checked against each other.
struct AttentionTensors {
  TensorView<const float, 4> query;                 ///< (B, H, Lq, D)
  TensorView<const float, 4> key;                   ///< (B, H, Lk, D)
  TensorView<const float, 4> value;                 ///< (B, H, Lk, Dv)
  TensorView<float, 4> output;                      ///< (B, H, Lq, Dv)
  std::optional<TensorView<float, 4>> weights;      ///< (B, H, Lq, Lk)
  std::optional<TensorView<float, 3>> log_sum_exp;  ///< (B, H, Lq)
};

/// Attention, one block of `lanes` queries at a time:
///
///   S = scale Q Kᵀ + bias      P = softmax(S)      O = P V
///
/// Keys are taken in blocks with an online softmax, so that no row of scores is ever whole in memory, unless the
/// weights are asked for: then a block is the whole row, and its exponentials are the weights once they are divided by
/// their sum.
template <class Arch>
class Attend {
 public:
  Attend(AttentionTensors& tensors, const AttentionOptions& options)
      : tensors_(tensors),
        options_(options),
        query_length_(tensors.query.shape()[2]),
        key_length_(tensors.key.shape()[2]),
        depth_(tensors.query.shape()[3]),
        value_depth_(tensors.value.shape()[3]),
        scale_(options.scale.value_or(1.0f / std::sqrt(static_cast<float>(depth_)))),
        masked_(options.causal || !std::holds_alternative<std::monostate>(options.mask)),
        block_keys_(kernels::round_up(tensors.weights ? key_length_ : std::min(key_length_, default_block_keys),
                                      kernels::panel_rows)) {}

  /// To be called once, before head().
  Result<void> allocate() {
    const std::size_t block_size = block_keys_ * lanes;
    const std::size_t packed_keys_size = kernels::packed_panels_size(key_length_, depth_);
    auto buffer = kernels::allocate_floats((5 + depth_ + value_depth_) * lanes + 2 * block_size + packed_keys_size);
    if (!buffer) return std::unexpected(buffer.error());
    buffer_ = std::move(*buffer);
    float* next = buffer_.get();
    const auto take = [&](std::size_t size) { return std::exchange(next, next + size); };
    maximum_ = take(lanes);
    sum_ = take(lanes);
    rescale_ = take(lanes);
    allowed_ = take(lanes);
    factor_ = take(lanes);
    packed_queries_ = take(depth_ * lanes);
    output_tile_ = take(value_depth_ * lanes);
    scores_ = take(block_size);
    bias_ = take(block_size);
    packed_keys_ = take(packed_keys_size);
    return {};
  }

  /// All queries of one head.
  void head(std::size_t batch, std::size_t head) {
    kernels::pack_panels(matrix(tensors_.key, batch, head), packed_keys_);
    for (std::size_t first = 0; first < query_length_; first += lanes) {
      ScoreBlock block{.batch = batch,
                       .head = head,
                       .first_query = first,
                       .queries = std::min(lanes, query_length_ - first),
                       .first_key = 0,
                       .keys = 0};
      kernels::pack_lanes<Arch>(matrix(tensors_.query, batch, head), first, scale_ * std::numbers::log2e_v<float>,
                                packed_queries_);
      sweep_keys<kernels::ZeroWeight::multiplies>(block);
      // A masked key may hold anything, say NaN in padding. Looking for it afterwards costs next to nothing.
      if (masked_ && !output_is_finite()) sweep_keys<kernels::ZeroWeight::skips>(block);
      store(block);
    }
  }

 private:
  using Batch = typename kernels::Lanes<Arch>::Batch;
  static constexpr std::size_t lanes = kernels::Lanes<Arch>::count;
  /// A block of scores stays in the first-level cache (240 x 8 floats are 7.5 KiB), the keys and values under it in the
  /// second.
  static constexpr std::size_t default_block_keys = 240;

  static kernels::Matrix matrix(const TensorView<const float, 4>& tensor, std::size_t batch, std::size_t head) {
    const auto stride = [&](std::size_t axis) { return static_cast<std::size_t>(tensor.strides()[axis]); };
    return {.data = tensor.data() + batch * stride(0) + head * stride(1),
            .rows = tensor.shape()[2],
            .columns = tensor.shape()[3],
            .row_stride = stride(2),
            .column_stride = stride(3)};
  }

  template <kernels::ZeroWeight zero>
  void sweep_keys(ScoreBlock& block) {
    std::fill_n(maximum_, lanes, -std::numeric_limits<float>::infinity());
    std::fill_n(sum_, lanes, 0.0f);
    std::fill_n(allowed_, lanes, masked_ || key_length_ == 0 ? 0.0f : 1.0f);
    std::fill_n(output_tile_, value_depth_ * lanes, 0.0f);
    const std::size_t end = reachable_keys(block);
    const kernels::Matrix values = matrix(tensors_.value, block.batch, block.head);
    for (block.first_key = 0; block.first_key < end; block.first_key += block_keys_) {
      block.keys = std::min(block_keys_, end - block.first_key);
      // Scores (keys, lanes); the panels' missing rows are computed as zeros behind the last key and not looked at.
      for (std::size_t j = 0; j < block.keys; j += kernels::panel_rows) {
        kernels::outer_product_tile<Arch, kernels::panel_rows>(packed_keys_ + (block.first_key + j) * depth_,
                                                               kernels::panel_rows, packed_queries_, depth_, false,
                                                               scores_ + j * lanes);
      }
      if (needs_bias(block)) {
        fill_bias(options_, block, lanes, bias_);
        kernels::add_bias<Arch>(scores_, bias_, block.keys, allowed_);
      } else {
        std::fill_n(allowed_, lanes, 1.0f);
      }
      kernels::online_softmax<Arch>(scores_, block.keys, maximum_, sum_, rescale_);
      if (block.first_key > 0) rescale_output<zero>();
      kernels::outer_product<Arch, zero>(values.data + block.first_key * values.row_stride, values.row_stride, scores_,
                                         block.keys, value_depth_, true, output_tile_);
    }
  }

  /// Keys from here on are forbidden to every query of the block.
  std::size_t reachable_keys(const ScoreBlock& block) const {
    return options_.causal ? std::min(key_length_, block.first_query + block.queries) : key_length_;
  }

  bool needs_bias(const ScoreBlock& block) const {
    if (!std::holds_alternative<std::monostate>(options_.mask)) return true;
    return options_.causal && block.first_key + block.keys > block.first_query + 1;
  }

  template <kernels::ZeroWeight zero>
  void rescale_output() {
    constexpr std::size_t step = kernels::Lanes<Arch>::per_register;
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      const Batch factor = Batch::load_aligned(rescale_ + lane);
      for (float* o = output_tile_ + lane; o < output_tile_ + value_depth_ * lanes; o += lanes) {
        Batch rescaled = Batch::load_aligned(o) * factor;
        if constexpr (zero == kernels::ZeroWeight::skips) {
          rescaled = xsimd::select(factor == Batch(0.0f), Batch(0.0f), rescaled);
        }
        rescaled.store_aligned(o);
      }
    }
  }

  bool output_is_finite() const {
    float sum = 0;
    for (std::size_t i = 0; i < value_depth_ * lanes; ++i) sum += output_tile_[i] - output_tile_[i];
    return sum == 0;
  }

  void store(const ScoreBlock& block) {
    for (std::size_t r = 0; r < lanes; ++r) factor_[r] = allowed_[r] != 0 ? 1.0f / sum_[r] : 0.0f;
    TensorView<float, 4>& output = tensors_.output;
    const auto at = [&](auto& tensor) {
      const auto& stride = tensor.strides();
      return tensor.data() + block.batch * static_cast<std::size_t>(stride[0]) +
             block.head * static_cast<std::size_t>(stride[1]) + block.first_query * static_cast<std::size_t>(stride[2]);
    };
    kernels::store_rows<Arch>(output_tile_, value_depth_, factor_, block.queries, at(output),
                              static_cast<std::size_t>(output.strides()[2]));
    if (tensors_.weights) {
      // The one block that was swept is the whole row, up to the last key that can be reached.
      const std::size_t reached = reachable_keys(block);
      float* rows = at(*tensors_.weights);
      const auto row_stride = static_cast<std::size_t>(tensors_.weights->strides()[2]);
      kernels::store_rows<Arch>(scores_, reached, factor_, block.queries, rows, row_stride);
      for (std::size_t r = 0; r < block.queries; ++r) {
        std::fill(rows + r * row_stride + reached, rows + r * row_stride + key_length_, 0.0f);
      }
    }
    if (tensors_.log_sum_exp) {
      float* values = at(*tensors_.log_sum_exp);
      for (std::size_t r = 0; r < block.queries; ++r) {
        values[r] = (maximum_[r] + std::log2(sum_[r])) * std::numbers::ln2_v<float>;
      }
    }
  }

  AttentionTensors& tensors_;
  const AttentionOptions& options_;
  std::size_t query_length_;
  std::size_t key_length_;
  std::size_t depth_;
  std::size_t value_depth_;
  float scale_;
  bool masked_;
  std::size_t block_keys_;
  kernels::Buffer buffer_;
  float* maximum_ = nullptr;         ///< (lanes)
  float* sum_ = nullptr;             ///< (lanes)
  float* rescale_ = nullptr;         ///< (lanes)
  float* allowed_ = nullptr;         ///< (lanes), 1 where the row has a key that it may attend to
  float* factor_ = nullptr;          ///< (lanes)
  float* packed_queries_ = nullptr;  ///< (D, lanes)
  float* output_tile_ = nullptr;     ///< (Dv, lanes)
  float* scores_ = nullptr;          ///< (block_keys, lanes)
  float* bias_ = nullptr;            ///< (block_keys, lanes)
  float* packed_keys_ = nullptr;     ///< (ceil(Lk / 6), D, 6)
};

}  // namespace headscope
