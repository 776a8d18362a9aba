#pragma once

#include <optional>
#include <vector>

#include "calls.hpp"
#include "headscope/attention/options.hpp"
#include "headscope/attention/scaled_dot_product_attention.hpp"

namespace headscope::bindings {

/// -1 stands for "not given".
std::optional<std::size_t> to_bound(double bound);
Mask to_mask(const TensorFields& mask, double is_boolean);
Dropout to_dropout(double probability, double seed);

/// The core's options from a block, and what they refer to.
struct ScoreOptions {
  std::vector<float> paper_slopes;
  AttentionOptions options;
};
/// For a query of that many heads.
ScoreOptions to_score_options(const ScoreFields& fields, std::size_t heads);

/// The results of one call, over `key_length` keys in all.
AttentionResults to_results(const ResultFields& fields, const TensorFields& query, std::size_t key_length,
                            std::size_t value_depth);

}  // namespace headscope::bindings
