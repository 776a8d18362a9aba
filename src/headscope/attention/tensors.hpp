#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <variant>

#include "headscope/attention/options.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// The arguments of one call, already checked against each other, and what follows from them for a single head or
/// query.
struct AttentionTensors {
  TensorView<const float, 4> query;  ///< (B, Hq, Lq, D)
  TensorView<const float, 4> key;    ///< (B, Hkv, Lk, D)
  TensorView<const float, 4> value;  ///< (B, Hkv, Lk, Dv)
  AttentionOptions options;
  AttentionResults results;

  std::size_t query_length() const { return query.shape()[2]; }
  std::size_t key_length() const { return key.shape()[2]; }
  std::size_t depth() const { return query.shape()[3]; }
  std::size_t value_depth() const { return value.shape()[3]; }
  /// Query heads that share one head of keys and values; query head h reads head h / group().
  std::size_t group() const { return query.shape()[1] / std::max<std::size_t>(1, key.shape()[1]); }

  float scale() const {
    return options.scale.value_or(depth() == 0 ? 1.0f : 1.0f / std::sqrt(static_cast<float>(depth())));
  }

  bool has_mask() const { return !std::holds_alternative<std::monostate>(options.mask); }
  /// Whether a key may be forbidden to a query.
  bool forbids() const {
    return has_mask() || options.causal || options.window.left || options.window.right || options.key_lengths;
  }
  /// Whether a row of scores is needed as a whole.
  bool needs_whole_rows() const { return results.weights || results.scores; }
};

/// The keys [first, end) that a query may attend to as far as places in the sequence go.
struct KeyRange {
  std::size_t first;  ///< not above end
  std::size_t end;
};

/// Where a query stands among the keys of its batch element.
inline std::int64_t position(const AttentionOptions& options, std::size_t batch, std::size_t query) {
  const std::int32_t first = options.first_positions ? (*options.first_positions)(batch) : 0;
  return first + static_cast<std::int64_t>(query);
}

inline KeyRange reachable_keys(const AttentionTensors& tensors, std::size_t batch, std::size_t query) {
  const AttentionOptions& options = tensors.options;
  const std::int64_t p = position(options, batch, query);
  std::int64_t first = 0;
  auto end = static_cast<std::int64_t>(tensors.key_length());
  // A bound of a window may be as large as a number gets: what lies beyond the last key is all the same.
  const auto reach = [&](std::size_t bound) {
    return static_cast<std::int64_t>(std::min<std::size_t>(bound, std::numeric_limits<std::int32_t>::max()));
  };
  if (options.key_lengths) end = std::min<std::int64_t>(end, (*options.key_lengths)(batch));
  if (options.causal) end = std::min(end, p + 1);
  if (options.window.right) end = std::min(end, p + reach(*options.window.right) + 1);
  if (options.window.left) first = std::max<std::int64_t>(first, p - reach(*options.window.left));
  end = std::max<std::int64_t>(end, 0);
  return {.first = static_cast<std::size_t>(std::min(first, end)), .end = static_cast<std::size_t>(end)};
}

/// One head of a tensor (B, H, L, D).
inline kernels::Matrix head_matrix(const TensorView<const float, 4>& tensor, std::size_t batch, std::size_t head) {
  const auto stride = [&](std::size_t axis) { return static_cast<std::size_t>(tensor.strides()[axis]); };
  return {.data = tensor.data() + batch * stride(0) + head * stride(1),
          .rows = tensor.shape()[2],
          .columns = tensor.shape()[3],
          .row_stride = stride(2),
          .column_stride = stride(3)};
}

/// Where a row (b, h, i) of a result (B, H, L, ...) begins.
template <class View>
auto* row_of(View& tensor, std::size_t batch, std::size_t head, std::size_t query) {
  const auto& stride = tensor.strides();
  return tensor.data() + static_cast<std::ptrdiff_t>(batch) * stride[0] +
         static_cast<std::ptrdiff_t>(head) * stride[1] + static_cast<std::ptrdiff_t>(query) * stride[2];
}

/// Calls one of the two with a query's row of the mask, if there is one: what stands for key j is row[j * step].
template <class UseBoolean, class UseAdditive>
void with_mask_row(const Mask& mask, std::size_t batch, std::size_t head, std::size_t query, UseBoolean&& use_boolean,
                   UseAdditive&& use_additive) {
  const auto visit = [&](const auto& view, auto&& use) {
    const auto& extent = view.shape();
    const auto& stride = view.strides();
    const auto step = [&](std::size_t axis) { return extent[axis] == 1 ? 0 : static_cast<std::size_t>(stride[axis]); };
    use(view.data() + batch * step(0) + head * step(1) + query * step(2), step(3));
  };
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) visit(boolean->allowed, use_boolean);
  if (const auto* additive = std::get_if<AdditiveMask>(&mask)) visit(additive->bias, use_additive);
}

}  // namespace headscope
