#include "headscope/layers/transformer_sublayer.hpp"

#include <algorithm>
#include <optional>

#include "headscope/layers/head_layout.hpp"

namespace headscope {
namespace {

/// Rows of heads side by side, kept as (B, heads, L, D).
Result<void> keep_heads(const CaptureScope& captures, std::string_view name, float* rows, const HeadLayout& layout) {
  const auto heads = heads_view<const float>(rows, layout);
  const auto room = captures.room(name, heads.shape());
  if (!room) return std::unexpected(room.error());
  if (*room != nullptr) std::copy(heads.begin(), heads.end(), *room);
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
