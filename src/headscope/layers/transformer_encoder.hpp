#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/feed_forward.hpp"
#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/layers/transformer_sublayer.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// One layer of an encoder ("Attention Is All You Need", section 3.1; torch.nn.TransformerEncoderLayer):
/// self-attention, then a feed-forward network, each with a residual connection and a norm.
class TransformerEncoderLayer {
 public:
  /// From the modules "self_attn", "linear1", "linear2", "norm1" and "norm2".
  static Result<TransformerEncoderLayer> create(const Parameters& parameters, std::size_t dim,
                                                const TransformerConfiguration& configuration);

  /// Changes x in place. Captures "self_attn.*" (see attend_and_capture), "linear1", "activation", "linear2", "norm1",
  /// "norm2" and "output".
  Result<void> forward(Stream x, const MultiHeadAttentionOptions& options, const CaptureScope& captures) const;

 private:
  TransformerEncoderLayer(bool norm_first, MultiHeadAttention attention, FeedForward feed_forward, LayerNorm norm1,
                          LayerNorm norm2)
      : norm_first_(norm_first),
        attention_(std::move(attention)),
        feed_forward_(std::move(feed_forward)),
        norm1_(std::move(norm1)),
        norm2_(std::move(norm2)) {}

  bool norm_first_;
  MultiHeadAttention attention_;
  FeedForward feed_forward_;
  LayerNorm norm1_;
  LayerNorm norm2_;
};

/// A stack of encoder layers, and the norm behind it where there is one (torch.nn.TransformerEncoder).
class TransformerEncoder {
 public:
  /// From the modules "layers.0", "layers.1", ... and "norm". Refuses what is missing and heads that do not divide dim
  /// (InvalidArgument), other shapes (InvalidShape), and reports OutOfMemory.
  static Result<TransformerEncoder> create(const Parameters& parameters, const TransformerConfiguration& configuration);

  std::size_t dim() const { return dim_; }
  std::size_t layers() const { return layers_.size(); }

  /// x (B, L, dim) -> output (B, L, dim), which has adjacent elements and may be x. Masks are those of every layer's
  /// self-attention. Captures "layers.<i>.*" and "norm". Results are within 1e-5 max|expected| of the same maths in
  /// double on ordinary data.
  Result<void> forward(const TensorView<const float, 3>& x, const MultiHeadAttentionOptions& options,
                       TensorView<float, 3> output, const CaptureScope& captures) const;

 private:
  TransformerEncoder(std::size_t dim, std::vector<TransformerEncoderLayer> layers, std::optional<LayerNorm> norm)
      : dim_(dim), layers_(std::move(layers)), norm_(std::move(norm)) {}

  std::size_t dim_;
  std::vector<TransformerEncoderLayer> layers_;
  std::optional<LayerNorm> norm_;
};

/// The norm of a module, or none where it has no weight.
Result<std::optional<LayerNorm>> optional_layer_norm(const Parameters& parameters, std::size_t dim, float epsilon);

/// The columns of a stack's first projection.
Result<std::size_t> stack_dim(const Parameters& parameters);

/// Copies x (B, L, dim) to row-major output of the same shape. Refuses other shapes and empty sequences (InvalidShape).
Result<Stream> stream_into(std::string_view argument, const TensorView<const float, 3>& x, std::size_t dim,
                           TensorView<float, 3>& output);

}  // namespace headscope
