#include "headscope/layers/linear_attention.hpp"

#include <algorithm>

#include "headscope/expect.hpp"
#include "headscope/kernels/feature_map.hpp"
#include "headscope/kernels/rows.hpp"
#include "headscope/kernels/workspace.hpp"

namespace headscope {
namespace {

using Arch = xsimd::default_arch;

struct Lengths {
  std::size_t queries;
  std::size_t keys;
  std::size_t depth;
  std::size_t value_depth;
};

/// φ of rows (length, depth).
void map_features(const float* rows, std::size_t count, float* features) {
  std::copy_n(rows, count, features);
  kernels::elu_plus_one<Arch>(features, count);
}

/// Σ_j φ(k_j) (v_j, 1)ᵀ over the keys that were taken in so far: (D, Dv + 1), whose last column is what the others are
/// divided by. Kept as a sum of sums, as one long chain would lose digits.
class State {
 public:
  State(float* memory, const Lengths& lengths)
      : depth_(lengths.depth),
        columns_(lengths.value_depth + 1),
        recent_(memory),
        earlier_(recent_ + depth_ * columns_),
        row_(earlier_ + depth_ * columns_),
        part_(row_ + columns_) {
    clear();
  }

  static std::size_t floats(const Lengths& lengths) { return (2 * lengths.depth + 2) * (lengths.value_depth + 1); }

  void clear() {
    std::fill_n(recent_, 2 * depth_ * columns_, 0.0f);
    taken_ = 0;
  }

  void take_in(const float* key, const float* value) {
    std::copy_n(value, columns_ - 1, row_);
    row_[columns_ - 1] = 1;
    kernels::add_outer_product<Arch>(key, depth_, row_, columns_, recent_);
    if (++taken_ % kernels::chain != 0) return;
    for (std::size_t i = 0; i < depth_ * columns_; ++i) earlier_[i] += recent_[i];
    std::fill_n(recent_, depth_ * columns_, 0.0f);
  }

  void read_out(const float* query, float* output) {
    kernels::row_times<Arch>(query, matrix(recent_), 1, row_);
    if (taken_ >= kernels::chain) {
      kernels::row_times<Arch>(query, matrix(earlier_), 1, part_);
      for (std::size_t c = 0; c < columns_; ++c) row_[c] += part_[c];
    }
    const float sum = row_[columns_ - 1];
    for (std::size_t c = 0; c + 1 < columns_; ++c) output[c] = sum == 0 ? 0.0f : row_[c] / sum;
  }

 private:
  kernels::Matrix matrix(const float* data) const {
    return {.data = data, .rows = depth_, .columns = columns_, .row_stride = columns_, .column_stride = 1};
  }

  std::size_t depth_;
  std::size_t columns_;
  std::size_t taken_ = 0;
  float* recent_;
  float* earlier_;
  float* row_;
  float* part_;
};

/// The weights of one query over its keys; the others are 0.
void weights_of(const float* query, const float* keys, std::size_t seen, const Lengths& lengths, float* weights) {
  std::fill_n(weights, lengths.keys, 0.0f);
  kernels::row_times_transposed<Arch>(
      query, {.data = keys, .rows = seen, .columns = lengths.depth, .row_stride = lengths.depth, .column_stride = 1},
      weights);
  double sum = 0;
  for (std::size_t j = 0; j < seen; ++j) sum += static_cast<double>(weights[j]);
  if (sum == 0) return;
  for (std::size_t j = 0; j < seen; ++j) weights[j] = static_cast<float>(static_cast<double>(weights[j]) / sum);
}

}  // namespace

Result<void> linear_attention(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                              const TensorView<const float, 4>& value, bool causal, LinearAttentionResults results) {
  const auto [batch, heads, queries, depth] = Extents<4>{query.shape()};
  const Lengths lengths{.queries = queries, .keys = key.shape()[2], .depth = depth, .value_depth = value.shape()[3]};
  auto fits =
      first_failure(expect_shape("key", key, Extents<4>{batch, heads, lengths.keys, depth}),
                    expect_shape("value", value, Extents<4>{batch, heads, lengths.keys, lengths.value_depth}),
                    expect_shape("output", results.output, Extents<4>{batch, heads, queries, lengths.value_depth}));
  if (fits && results.weights) {
    fits = expect_shape("weights", *results.weights, Extents<4>{batch, heads, queries, lengths.keys});
  }
  if (!fits) return fits;

  if (element_count<float>(Extents<3>{batch, heads, queries}) == 0) return {};

  // Not less than the state, (2 D + 2) (Dv + 1).
  const Extents<3> state_bound{8, std::max<std::size_t>(depth, 1), std::max<std::size_t>(lengths.value_depth, 1)};
  if (!element_count<float>(state_bound)) {
    return refuse(StatusCode::TooLarge, "value", "a state (D, Dv) that memory can address", shape_text_of(value));
  }
  auto buffer = kernels::allocate_floats((queries + lengths.keys) * depth + State::floats(lengths));
  if (!buffer) return std::unexpected(buffer.error());
  float* const mapped_query = buffer->get();
  float* const mapped_key = mapped_query + queries * depth;
  State state(mapped_key + lengths.keys * depth, lengths);
  for (std::size_t head = 0; head < batch * heads; ++head) {
    map_features(query.data() + head * queries * depth, queries * depth, mapped_query);
    map_features(key.data() + head * lengths.keys * depth, lengths.keys * depth, mapped_key);
    const float* const values = value.data() + head * lengths.keys * lengths.value_depth;
    state.clear();
    std::size_t seen = 0;
    for (std::size_t i = 0; i < queries; ++i) {
      for (const std::size_t end = causal ? std::min(i + 1, lengths.keys) : lengths.keys; seen < end; ++seen) {
        state.take_in(mapped_key + seen * depth, values + seen * lengths.value_depth);
      }
      const std::size_t row = head * queries + i;
      state.read_out(mapped_query + i * depth, results.output.data() + row * lengths.value_depth);
      if (results.weights) {
        weights_of(mapped_query + i * depth, mapped_key, seen, lengths, results.weights->data() + row * lengths.keys);
      }
    }
  }
  return {};
}

}  // namespace headscope
