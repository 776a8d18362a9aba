#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "headscope/attention/key_value_cache.hpp"
#include "headscope/layers/captures.hpp"
#include "headscope/layers/feed_forward.hpp"
#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/layers/transformer_sublayer.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// What one decoder layer remembers from token to token.
struct DecoderLayerState {
  KeyValueCache tokens;  ///< keys and values of the self-attention
  ProjectedKeys memory;  ///< keys and values of the attention to the encoder's output
};

/// One layer of a decoder ("Attention Is All You Need", section 3.1; torch.nn.TransformerDecoderLayer): self-attention,
/// attention to the encoder's output, then a feed-forward network, each with a residual connection and a norm.
class TransformerDecoderLayer {
 public:
  /// From the modules "self_attn", "multihead_attn", "linear1", "linear2", "norm1", "norm2" and "norm3".
  static Result<TransformerDecoderLayer> create(const Parameters& parameters, std::size_t dim,
                                                const TransformerConfiguration& configuration);

  /// Changes x in place; memory (B, Lm, dim). Captures "self_attn.*", "multihead_attn.*" (see attend_and_capture),
  /// "linear1", "activation", "linear2", "norm1", "norm2", "norm3" and "output".
  Result<void> forward(Stream x, const TensorView<const float, 3>& memory,
                       const MultiHeadAttentionOptions& self_options, const MultiHeadAttentionOptions& memory_options,
                       const CaptureScope& captures) const;

  /// Before the first of `batch` sequences' tokens. A memory of batch 1 is that of all.
  Result<DecoderLayerState> start(const TensorView<const float, 3>& memory, std::size_t batch) const;

  /// forward() of the next tokens.
  Result<void> step(Stream x, DecoderLayerState& state, const MultiHeadAttentionOptions& memory_options,
                    const CaptureScope& captures) const;

 private:
  struct Norms {
    LayerNorm norm1;
    LayerNorm norm2;
    LayerNorm norm3;
  };

  TransformerDecoderLayer(bool norm_first, MultiHeadAttention self_attention, MultiHeadAttention memory_attention,
                          FeedForward feed_forward, Norms norms)
      : norm_first_(norm_first),
        self_attention_(std::move(self_attention)),
        memory_attention_(std::move(memory_attention)),
        feed_forward_(std::move(feed_forward)),
        norms_(std::move(norms)) {}

  /// What forward() and step() share: attend_to_self(input (B, L, dim), output) is the self-attention.
  template <class Attend>
  Result<void> run(Stream x, const ProjectedKeys& memory, const MultiHeadAttentionOptions& memory_options,
                   const CaptureScope& captures, Attend&& attend_to_self) const;

  bool norm_first_;
  MultiHeadAttention self_attention_;
  MultiHeadAttention memory_attention_;
  FeedForward feed_forward_;
  Norms norms_;
};

/// A stack of decoder layers, and the norm behind it where there is one (torch.nn.TransformerDecoder).
class TransformerDecoder {
 public:
  using State = std::vector<DecoderLayerState>;

  /// From the modules "layers.0", "layers.1", ... and "norm". Refuses what is missing and heads that do not divide dim
  /// (InvalidArgument), other shapes (InvalidShape), and reports OutOfMemory.
  static Result<TransformerDecoder> create(const Parameters& parameters, const TransformerConfiguration& configuration);

  std::size_t dim() const { return dim_; }
  std::size_t layers() const { return layers_.size(); }

  /// x (B, L, dim), memory (B, Lm, dim) -> output (B, L, dim), which has adjacent elements and may be x. Options are
  /// those of every layer. Captures "layers.<i>.*" and "norm". Results are within 1e-5 max|expected| of the same maths
  /// in double on ordinary data.
  Result<void> forward(const TensorView<const float, 3>& x, const TensorView<const float, 3>& memory,
                       const MultiHeadAttentionOptions& self_options, const MultiHeadAttentionOptions& memory_options,
                       TensorView<float, 3> output, const CaptureScope& captures) const;

  /// @see TransformerDecoderLayer::start
  Result<State> start(const TensorView<const float, 3>& memory, std::size_t batch) const;

  /// forward() of the next tokens x (B, n, dim), causal.
  Result<void> step(const TensorView<const float, 3>& x, State& state, const MultiHeadAttentionOptions& memory_options,
                    TensorView<float, 3> output, const CaptureScope& captures) const;

 private:
  TransformerDecoder(std::size_t dim, std::vector<TransformerDecoderLayer> layers, std::optional<LayerNorm> norm)
      : dim_(dim), layers_(std::move(layers)), norm_(std::move(norm)) {}

  /// `layer` runs the one of an index on the stream.
  template <class RunLayer>
  Result<void> run(const TensorView<const float, 3>& x, TensorView<float, 3> output, const CaptureScope& captures,
                   RunLayer&& layer) const;

  std::size_t dim_;
  std::vector<TransformerDecoderLayer> layers_;
  std::optional<LayerNorm> norm_;
};

}  // namespace headscope
