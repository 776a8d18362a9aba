#pragma once

#include <array>
#include <vector>

#include "headscope/attention/options.hpp"
#include "headscope/tensor.hpp"

namespace headscope::test {

/// What the reference makes of a whole call, row-major.
struct ExpectedAttention {
  std::vector<double> output;                 ///< (B, Hq, Lq, Dv)
  std::vector<double> weights;                ///< (B, Hq, Lq, Lk)
  std::vector<double> log_sum_exp;            ///< (B, Hq, Lq)
  std::array<std::vector<double>, 4> scores;  ///< (B, Hq, Lq, Lk), by ScoreStage
};

ExpectedAttention expected_attention(const TensorView<const float, 4>& query, const TensorView<const float, 4>& key,
                                     const TensorView<const float, 4>& value, const AttentionOptions& options);

}  // namespace headscope::test
