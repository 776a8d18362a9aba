#pragma once

#include <optional>

#include "headscope/attention/options.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// score(q, k) = v · tanh(Wq q + Wk k)
struct AdditiveAttentionParameters {
  LinearParameters query;  ///< (hidden, query dim)
  LinearParameters key;    ///< (hidden, key dim)
  LinearParameters score;  ///< (1, hidden): v
};

/// What the attentions from before the Transformer may be asked for.
struct SingleHeadOptions {
  /// Query i attends to the keys 0 to i only.
  bool causal = false;
  Mask mask = {};  ///< broadcast to (B, 1, Lq, Lk)
};

struct SingleHeadResults {
  TensorView<float, 3> output;                       ///< (B, Lq, Dv)
  std::optional<TensorView<float, 3>> weights = {};  ///< (B, Lq, Lk), if wanted
  std::optional<TensorView<float, 3>> scores = {};   ///< (B, Lq, Lk), before mask and causality, if wanted
};

/// Additive attention ("Neural Machine Translation by Jointly Learning to Align and Translate", Bahdanau et al., 2015,
/// appendix A.1.2): softmax of the scores above, which are not scaled, times V.
///
/// query (B, Lq, query dim), key (B, Lk, key dim), value (B, Lk, Dv), row-major. A query that may attend to no key gets
/// weights 0 and output 0. Refuses what does not fit (InvalidShape) and reports OutOfMemory.
Result<void> additive_attention(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                const TensorView<const float, 3>& value, const AdditiveAttentionParameters& parameters,
                                const SingleHeadOptions& options, SingleHeadResults results);

}  // namespace headscope
