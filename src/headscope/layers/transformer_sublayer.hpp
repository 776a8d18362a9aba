#pragma once

#include <cstddef>
#include <string_view>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/feed_forward.hpp"
#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/multihead_attention.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// How the layers of a Transformer are made; their sizes follow from their parameters.
struct TransformerConfiguration {
  std::size_t heads = 1;
  /// Whether a sublayer normalises what it reads (pre-norm) instead of what it has added to (post-norm, the paper's).
  bool norm_first = false;
  Activation activation = Activation::relu;
  float epsilon = LayerNorm::default_epsilon;
};

/// Vectors of sequences, (B, L, dim) and row-major: what flows through the layers, changed in place.
struct Stream {
  float* data;
  std::size_t batch;
  std::size_t length;
  std::size_t dim;

  Extents<3> shape() const { return {batch, length, dim}; }
  std::size_t size() const { return batch * length * dim; }
  TensorView<const float, 3> view() const { return view_of<const float, 3>(data, shape()); }
};

/// A norm and the name that its module has.
struct NamedNorm {
  const LayerNorm& norm;
  std::string_view name;
};

/// A sublayer with its residual connection:
///
///   x = norm(x + module(x))  (post-norm)      x = x + module(norm(x))  (pre-norm)
///
/// module(input (B, L, dim), output) writes (B, L, dim). Captures the norm's result under its name.
template <class Module>
Result<void> add_sublayer(Stream x, const NamedNorm& norm, bool norm_first, const CaptureScope& captures,
                          Module&& module) {
  const std::size_t rows = x.batch * x.length;
  auto branch = kernels::allocate_floats(x.size());
  if (!branch) return std::unexpected(branch.error());
  if (!norm_first) {
    if (auto done = module(x.view(), branch->get()); !done) return done;
    add_to(branch->get(), x.size(), x.data);
    norm.norm.forward(x.data, rows, x.data);
    return captures.keep(norm.name, x.shape(), x.data);
  }
  auto normal = kernels::allocate_floats(x.size());
  if (!normal) return std::unexpected(normal.error());
  norm.norm.forward(x.data, rows, normal->get());
  if (auto kept = captures.keep(norm.name, x.shape(), normal->get()); !kept) return kept;
  if (auto done = module(view_of<const float, 3>(normal->get(), x.shape()), branch->get()); !done) return done;
  add_to(branch->get(), x.size(), x.data);
  return {};
}

/// The attention of a sublayer, to keys that have been projected. Captures "query" (B, heads, Lq, D), "key" and "value"
/// (B, heads, Lk, D), "weights" (B, heads, Lq, Lk) and "output" (B, Lq, dim).
Result<void> attend_and_capture(const MultiHeadAttention& attention, const TensorView<const float, 3>& query,
                                const ProjectedKeys& keys, const MultiHeadAttentionOptions& options, float* output,
                                const CaptureScope& captures);

/// The same to the tokens in a cache, behind which those of `query` are added. Captures no "key" and "value".
Result<void> attend_and_capture(const MultiHeadAttention& attention, const TensorView<const float, 3>& query,
                                KeyValueCache& cache, float* output, const CaptureScope& captures);

}  // namespace headscope
