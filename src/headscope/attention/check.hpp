#pragma once

#include <optional>
#include <string_view>

#include "headscope/attention/options.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// The checks that all forms of attention share. key (B, Hkv, Lk, D) fits query (B, Hq, Lq, D), with Hq a multiple of
/// Hkv.
Result<void> check_query_and_key(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key);

/// The options fit scores of (B, Hq, Lq, Lk).
Result<void> check_options(const AttentionOptions& options, const Extents<4>& scores_shape);

/// Its probability is at least 0 and below 1.
Result<void> check_dropout(std::string_view argument, const Dropout& dropout);

}  // namespace headscope
