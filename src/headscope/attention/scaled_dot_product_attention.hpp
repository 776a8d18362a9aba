#pragma once

#include <optional>

#include "headscope/attention/options.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// The scores of a call, taken on their way to the weights (ONNX Attention, qk_matmul_output_mode 0 to 3).
enum class ScoreStage {
  scaled,      ///< scale Q Kᵀ
  softcapped,  ///< after the softcap; the same where there is none
  biased,      ///< after all that is added; -inf where forbidden
  softmax,     ///< the weights, before dropout
};

/// Where the scores of one stage go.
struct ScoreResult {
  ScoreStage stage;
  TensorView<float, 4> scores;  ///< (B, Hq, Lq, Lk)
};

/// Where the results go; memory is the caller's and must not overlap the inputs.
struct AttentionResults {
  TensorView<float, 4> output;                           ///< (B, H, Lq, Dv)
  std::optional<TensorView<float, 4>> weights = {};      ///< (B, H, Lq, Lk), if wanted
  std::optional<TensorView<float, 3>> log_sum_exp = {};  ///< (B, H, Lq), natural logarithm, if wanted
  std::optional<ScoreResult> scores = {};                ///< if wanted
};

/// softmax(scale Q Kᵀ + bias) V for every batch and head ("Attention Is All You Need", equation 1; ONNX Attention;
/// torch.nn.functional.scaled_dot_product_attention).
///
/// query (B, H, Lq, D), key (B, H, Lk, D), value (B, H, Lk, Dv). Rows may lie anywhere; elements of a value's row must
/// be adjacent. Results are within 4e-6 max|expected| of the same maths in double on ordinary data.
///
/// A query without any key that it may attend to gets weights 0, output 0 and log-sum-exp -inf. A forbidden key
/// contributes nothing, whatever its key and value hold; other NaN and Inf propagate as IEEE 754 says. With D = 0 every
/// score is 0.
///
/// Refuses shapes that do not fit (InvalidShape), a scale that is not finite (InvalidArgument), and reports
/// OutOfMemory.
Result<void> scaled_dot_product_attention(const TensorView<const float, 4>& query,
                                          const TensorView<const float, 4>& key,
                                          const TensorView<const float, 4>& value, const AttentionOptions& options,
                                          const AttentionResults& results);

}  // namespace headscope
