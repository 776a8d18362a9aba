#include "headscope/layers/multiplicative_attention.hpp"

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/expect.hpp"

namespace headscope {
namespace {

/// (B, L, D) as (B, 1, L, D).
template <class T>
TensorView<T, 4> one_head(T* data, const Extents<3>& shape) {
  return view_of<T, 4>(data, {shape[0], 1, shape[1], shape[2]});
}

}  // namespace

Result<void> multiplicative_attention(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                      const TensorView<const float, 3>& value,
                                      const std::optional<TensorView<const float, 2>>& weight,
                                      const SingleHeadOptions& options, SingleHeadResults results) {
  const auto [batch, queries, query_dim] = Extents<3>{query.shape()};
  const auto [keys, key_dim] = Extents<2>{key.shape()[1], key.shape()[2]};
  const Extents<3> square{batch, queries, keys};
  auto fits = first_failure(expect_shape("key", key, Extents<3>{batch, keys, weight ? key_dim : query_dim}),
                            expect_shape("value", value, Extents<3>{batch, keys, value.shape()[2]}),
                            expect_shape("output", results.output, Extents<3>{batch, queries, value.shape()[2]}));
  if (fits && weight) fits = expect_shape("weight", *weight, Extents<2>{query_dim, key_dim});
  if (fits && results.weights) fits = expect_shape("weights", *results.weights, square);
  if (fits && results.scores) fits = expect_shape("scores", *results.scores, square);
  if (!fits) return fits;

  const float* seen = key.data();
  kernels::Buffer projected;
  if (weight) {
    const auto size = element_count<float>(Extents<3>{batch, keys, query_dim});
    if (!size) return refuse(StatusCode::TooLarge, "key", "projections that memory can address", shape_text_of(key));
    auto buffer = kernels::allocate_floats(*size);
    if (!buffer) return std::unexpected(buffer.error());
    projected = std::move(*buffer);
    auto linear = Linear::create("", {.weight = *weight});
    if (!linear) return std::unexpected(linear.error());
    const auto done = linear->forward(view_of<const float, 2>(key.data(), {batch * keys, key_dim}),
                                      view_of<float, 2>(projected.get(), {batch * keys, query_dim}));
    if (!done) return done;
    seen = projected.get();
  }
  AttentionResults heads{.output = one_head(results.output.data(), Extents<3>{results.output.shape()})};
  if (results.weights) heads.weights = one_head(results.weights->data(), square);
  if (results.scores) heads.scores = ScoreResult{ScoreStage::scaled, one_head(results.scores->data(), square)};
  return scaled_dot_product_attention(one_head(query.data(), {batch, queries, query_dim}),
                                      one_head(seen, {batch, keys, query_dim}),
                                      one_head(value.data(), Extents<3>{value.shape()}),
                                      {.scale = 1.0f, .causal = options.causal, .mask = options.mask}, heads);
}

}  // namespace headscope
