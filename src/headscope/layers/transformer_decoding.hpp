#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "headscope/layers/transformer.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Decoding with a Transformer, some tokens at a time: keys and values of the tokens so far are kept in a cache, those
/// of the memory are projected once.
///
/// step() gives what Transformer::decode gives for these tokens in the whole sequence, within 1e-5 max|logits|: all but
/// the order of the sums in the self-attention is the same.
class TransformerDecoding {
 public:
  /// Before the first tokens of `batch` sequences. memory (B, Lm, dim) and padding (B, Lm) are copied; a memory of
  /// batch 1 is that of all sequences. The model has to outlive this. Refuses shapes that do not fit (InvalidShape).
  static Result<TransformerDecoding> create(const Transformer& model, const TensorView<const float, 3>& memory,
                                            const KeyPaddingMask& padding, std::size_t batch);

  std::size_t batch() const { return batch_; }
  /// How many tokens each sequence has.
  std::size_t length() const { return length_; }

  /// The next tokens (B, n), or vectors (B, n, dim) -> output (B, n, output_dim), row-major. Captures what
  /// Transformer::decode does, but the self-attention's "key" and "value"; "weights" are over all tokens so far. What
  /// is refused leaves the state as it was, but for OutOfMemory, after which it is of no use.
  Result<void> step(const Sequence& tokens, TensorView<float, 3> output, const CaptureScope& captures);

  /// Sequence b goes on with the tokens of sequence sources[b]. @see KeyValueCache::reorder
  Result<void> reorder(std::span<const std::size_t> sources);

 private:
  TransformerDecoding(const Transformer& model, std::size_t batch, TransformerDecoder::State state)
      : model_(&model), batch_(batch), state_(std::move(state)) {}

  const Transformer* model_;
  std::size_t batch_;
  std::size_t length_ = 0;
  TransformerDecoder::State state_;
  kernels::Buffer padding_;  ///< (B, Lm), 0 or -inf or what is added; may be missing
};

/// Where a search begins and when it ends.
struct SearchOptions {
  std::int32_t start = 0;       ///< the token before the first
  std::int32_t end = 0;         ///< the token that ends a sequence
  std::size_t max_length = 64;  ///< at most so many tokens, without start; with the end if it comes
};

/// The most likely token, again and again, for every sequence of a source: the tokens without start and end. Refuses a
/// model without a generator, or whose target has no embedding (InvalidArgument), start and end that are not in the
/// vocabulary, and what encode() and step() refuse.
Result<std::vector<std::vector<std::int32_t>>> greedy_search(const Transformer& model, const Sequence& source,
                                                             const KeyPaddingMask& source_padding,
                                                             const SearchOptions& options);

/// A sequence that a beam search found.
struct Hypothesis {
  std::vector<std::int32_t> tokens;  ///< without start and end
  float score;                       ///< log P / ((5 + length) / 6)^length_penalty, the end counted
};

struct BeamOptions {
  std::size_t width = 4;
  float length_penalty = 0.6f;  ///< 0.6 in "Attention Is All You Need", section 6.1; 0 for the probability alone
};

/// Beam search with the length penalty of Wu et al. (2016), section 7: of all continuations of `width` unfinished
/// sequences the `width` most likely are kept, and those with an end set aside, until so many have ended or the longest
/// are reached. For every sequence of a source at most `width` hypotheses, best first. Refuses a width that is
/// not from 1 to 1000, a penalty that is not finite, and what greedy_search refuses.
Result<std::vector<std::vector<Hypothesis>>> beam_search(const Transformer& model, const Sequence& source,
                                                         const KeyPaddingMask& source_padding,
                                                         const SearchOptions& options, const BeamOptions& beam);

}  // namespace headscope
