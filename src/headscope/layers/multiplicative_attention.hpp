#pragma once

#include <optional>

#include "headscope/layers/additive_attention.hpp"

namespace headscope {

/// Multiplicative attention ("Effective Approaches to Attention-based Neural Machine Translation", Luong et al., 2015,
/// section 3.1): softmax of the scores q · k ("dot"), or q · W k ("general") with `weight` (query dim, key dim), times
/// V. Scores are not scaled.
///
/// query (B, Lq, query dim), key (B, Lk, key dim), value (B, Lk, Dv), row-major. A query that may attend to no key gets
/// weights 0 and output 0. Refuses what does not fit (InvalidShape) and reports OutOfMemory.
Result<void> multiplicative_attention(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                      const TensorView<const float, 3>& value,
                                      const std::optional<TensorView<const float, 2>>& weight,
                                      const SingleHeadOptions& options, SingleHeadResults results);

}  // namespace headscope
