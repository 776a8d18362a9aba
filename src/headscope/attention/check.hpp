#pragma once

#include <optional>

#include "headscope/attention/options.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// The checks that all forms of attention share. key (B, Hkv, Lk, D) fits query (B, Hq, Lq, D), with Hq a multiple of
/// Hkv.
Result<void> check_query_and_key(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key);

/// The options fit scores of (B, Hq, Lq, Lk).
Result<void> check_options(const AttentionOptions& options, const Extents<4>& scores_shape);

}  // namespace headscope
