#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/layers/token_embedding.hpp"
#include "headscope/layers/transformer_decoder.hpp"
#include "headscope/layers/transformer_encoder.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Tokens (B, L) for a side that has an embedding, vectors (B, L, dim) for one that has none.
using Sequence = std::variant<TensorView<const std::int32_t, 2>, TensorView<const float, 3>>;

/// The shape (B, L) of a sequence.
Extents<2> sequence_shape(const Sequence& sequence);

/// What may be seen. All are over the tokens that are given.
struct TransformerMasks {
  Mask source = {};                    ///< broadcast to (B, heads, Ls, Ls), of the encoder's self-attention
  KeyPaddingMask source_padding = {};  ///< (B, Ls), of the encoder's self-attention and of the decoder's to its output
  bool target_causal = true;           ///< a target token sees those up to its own
  Mask target = {};                    ///< broadcast to (B, heads, Lt, Lt), of the decoder's self-attention
  KeyPaddingMask target_padding = {};  ///< (B, Lt), of the decoder's self-attention
};

/// The encoder-decoder Transformer ("Attention Is All You Need", Vaswani et al., 2017): torch.nn.Transformer, with
/// embeddings and positions before it and a projection to the vocabulary behind it where the state dict has them.
class Transformer {
 public:
  /// From "encoder.*" and "decoder.*", all under "transformer." or not, and, each of them optional,
  /// "src_tok_emb.embedding.weight" (source vocabulary, dim), "tgt_tok_emb.embedding.weight" (target vocabulary, dim),
  /// "generator.weight" (out, dim) and "generator.bias" (out). Sizes and numbers of layers follow from the parameters.
  ///
  /// With a max_length longer sequences are refused. Refuses what is missing and heads that do not divide dim
  /// (InvalidArgument), other shapes (InvalidShape), and reports OutOfMemory.
  static Result<Transformer> create(const StateDict& tensors, const TransformerConfiguration& configuration,
                                    std::optional<std::size_t> max_length = {});

  std::size_t dim() const { return encoder_.dim(); }
  /// Sizes of the vocabularies; 0 where a side takes vectors.
  std::size_t source_vocabulary() const { return source_embedding_ ? source_embedding_->vocabulary() : 0; }
  std::size_t target_vocabulary() const { return target_embedding_ ? target_embedding_->vocabulary() : 0; }
  /// Columns of the output: those of the generator, or dim.
  std::size_t output_dim() const { return generator_ ? generator_->out() : dim(); }
  bool has_generator() const { return generator_.has_value(); }
  const TransformerEncoder& encoder() const { return encoder_; }
  const TransformerDecoder& decoder() const { return decoder_; }

  /// decode(target, encode(source)): output (B, Lt, output_dim), logits where there is a generator. Results are within
  /// 1e-5 max|expected| of the same maths in double on ordinary data.
  Result<void> forward(const Sequence& source, const Sequence& target, const TransformerMasks& masks,
                       TensorView<float, 3> output, const CaptureScope& captures) const;

  /// memory (B, Ls, dim), row-major. Captures "src_tok_emb.embedding", "encoder.input", "encoder.layers.<i>.*",
  /// "encoder.norm" and "encoder.output".
  Result<void> encode(const Sequence& source, const TransformerMasks& masks, TensorView<float, 3> memory,
                      const CaptureScope& captures) const;

  /// memory (B, Ls, dim) -> output (B, Lt, output_dim), row-major. Captures "tgt_tok_emb.embedding", "decoder.input",
  /// "decoder.layers.<i>.*", "decoder.norm", "decoder.output" and "logits".
  Result<void> decode(const Sequence& target, const TensorView<const float, 3>& memory, const TransformerMasks& masks,
                      TensorView<float, 3> output, const CaptureScope& captures) const;

  /// Target tokens (B, n) or vectors (B, n, dim), the first at `first_position`, as the decoder takes them: row-major
  /// (B, n, dim).
  Result<kernels::Buffer> embed_target(const Sequence& target, std::size_t first_position,
                                       const CaptureScope& captures) const;

  /// What the decoder gave, rows (n, dim), to output (n, output_dim): logits, or a copy.
  Result<void> generate(const TensorView<const float, 2>& rows, TensorView<float, 2> output) const;

 private:
  Transformer(std::size_t heads, TransformerEncoder encoder, TransformerDecoder decoder,
              std::optional<std::size_t> max_length)
      : heads_(heads), encoder_(std::move(encoder)), decoder_(std::move(decoder)), max_length_(max_length) {}

  Result<kernels::Buffer> embed(std::string_view argument, const std::optional<TokenEmbedding>& embedding,
                                const Sequence& sequence, std::size_t first_position,
                                const CaptureScope& captures) const;

  std::size_t heads_;
  TransformerEncoder encoder_;
  TransformerDecoder decoder_;
  std::optional<std::size_t> max_length_;
  std::optional<TokenEmbedding> source_embedding_;
  std::optional<TokenEmbedding> target_embedding_;
  std::optional<Linear> generator_;
};

}  // namespace headscope
