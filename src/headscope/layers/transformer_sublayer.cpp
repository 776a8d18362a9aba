#include "headscope/layers/transformer_sublayer.hpp"

#include <algorithm>
#include <optional>

#include "headscope/layers/head_layout.hpp"

namespace headscope {
namespace {

/// Rows of heads side by side, kept as (B, heads, L, D).
Result<void> keep_heads(const CaptureScope& captures, std::string_view name, const float* rows,
                        const HeadLayout& layout) {
  const auto [batch, length, heads, depth] = layout;
  const auto room = captures.room(name, Extents<4>{batch, heads, length, depth});
  if (!room) return std::unexpected(room.error());
  float* to = *room;
  if (to == nullptr) return {};
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t h = 0; h < heads; ++h) {
      for (std::size_t i = 0; i < length; ++i) {
        to = std::copy_n(rows + ((b * length + i) * heads + h) * depth, depth, to);
      }
    }
  }
  return {};
}

/// Room for the weights, if they are wanted.
Result<std::optional<TensorView<float, 4>>> weights_room(const CaptureScope& captures, const Extents<4>& shape) {
  const auto room = captures.room("weights", shape);
  if (!room) return std::unexpected(room.error());
  if (*room == nullptr) return std::nullopt;
  return view_of<float, 4>(*room, shape);
}

}  // namespace

Result<void> attend_and_capture(const MultiHeadAttention& attention, const TensorView<const float, 3>& query,
                                const ProjectedKeys& keys, const MultiHeadAttentionOptions& options, float* output,
                                const CaptureScope& captures) {
  const std::size_t batch = query.shape()[0];
  const std::size_t length = query.shape()[1];
  const HeadLayout key_layout{
      .batch = keys.batch, .length = keys.length, .heads = attention.heads(), .head_dim = attention.head_dim()};
  auto kept = keep_heads(captures, "key", keys.keys.get(), key_layout);
  if (kept) kept = keep_heads(captures, "value", keys.values.get(), key_layout);
  if (!kept) return kept;
  const auto weights = weights_room(captures, {batch, attention.heads(), length, keys.length});
  if (!weights) return std::unexpected(weights.error());
  const Extents<3> shape{batch, length, attention.output_dim()};
  kernels::Buffer queries;
  auto done = attention.attend(query, keys, options,
                               {.output = view_of<float, 3>(output, shape), .weights = *weights, .queries = &queries});
  if (done) {
    done = keep_heads(captures, "query", queries.get(),
                      {.batch = batch, .length = length, .heads = attention.heads(), .head_dim = attention.head_dim()});
  }
  if (done) done = captures.keep("output", shape, output);
  return done;
}

Result<void> attend_and_capture(const MultiHeadAttention& attention, const TensorView<const float, 3>& query,
                                KeyValueCache& cache, float* output, const CaptureScope& captures) {
  const std::size_t batch = query.shape()[0];
  const std::size_t length = query.shape()[1];
  const auto weights = weights_room(captures, {batch, attention.heads(), length, cache.stored_after(length)});
  if (!weights) return std::unexpected(weights.error());
  const Extents<3> shape{batch, length, attention.output_dim()};
  kernels::Buffer queries;
  auto done = attention.attend_cached(
      query, cache, {.output = view_of<float, 3>(output, shape), .weights = *weights, .queries = &queries});
  if (done) {
    done = keep_heads(captures, "query", queries.get(),
                      {.batch = batch, .length = length, .heads = attention.heads(), .head_dim = attention.head_dim()});
  }
  if (done) done = captures.keep("output", shape, output);
  return done;
}

}  // namespace headscope
