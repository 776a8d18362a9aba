#include "headscope/layers/self_attention_steps.hpp"

#include <cmath>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/head_layout.hpp"
#include "headscope/layers/linear.hpp"

namespace headscope {
namespace {

TensorView<const float, 2> transposed(const TensorView<const float, 2>& matrix) {
  return view_of<const float, 2>(matrix.data(), {matrix.shape()[1], matrix.shape()[0]},
                                 {matrix.strides()[1], matrix.strides()[0]});
}

/// y = factor x wᵀ
Result<void> multiply(const std::string& prefix, const TensorView<const float, 2>& x,
                      const TensorView<const float, 2>& w, TensorView<float, 2> y, float factor = 1.0f) {
  auto linear = Linear::create(prefix, {.weight = w});
  if (!linear) return std::unexpected(linear.error());
  return linear->forward(x, y, factor);
}

/// A row-major (L, D) as (1, 1, L, D).
template <class T>
TensorView<T, 4> one_head(T* data, const Extents<2>& shape) {
  return view_of<T, 4>(data, {1, 1, shape[0], shape[1]});
}

TensorView<const float, 2> read_only(const TensorView<float, 2>& view) {
  return view_of<const float, 2>(view.data(), {view.shape()[0], view.shape()[1]});
}

}  // namespace

Result<void> self_attention_steps(const TensorView<const float, 2>& x, const RightProjections& projections,
                                  std::optional<float> scale, bool causal, SelfAttentionSteps steps) {
  const std::size_t length = x.shape()[0];
  const std::size_t dim = x.shape()[1];
  const std::size_t head_dim = projections.query.shape()[1];
  const std::size_t value_dim = projections.value.shape()[1];
  const Extents<2> query_shape{length, head_dim};
  const Extents<2> value_shape{length, value_dim};
  const Extents<2> scores_shape{length, length};
  if (auto fits = first_failure(
          expect_finite("scale", scale), expect_shape("queryProjection", projections.query, Extents<2>{dim, head_dim}),
          expect_shape("keyProjection", projections.key, Extents<2>{dim, head_dim}),
          expect_shape("valueProjection", projections.value, Extents<2>{dim, value_dim}),
          expect_shape("steps.query", steps.query, query_shape), expect_shape("steps.key", steps.key, query_shape),
          expect_shape("steps.value", steps.value, value_shape),
          expect_shape("steps.scores", steps.scores, scores_shape),
          expect_shape("steps.weights", steps.weights, scores_shape),
          expect_shape("steps.output", steps.output, value_shape));
      !fits) {
    return fits;
  }
  const float factor = scale.value_or(1.0f / std::sqrt(static_cast<float>(head_dim)));
  auto done = multiply("queryProjection ", x, transposed(projections.query), steps.query);
  if (done) done = multiply("keyProjection ", x, transposed(projections.key), steps.key);
  if (done) done = multiply("valueProjection ", x, transposed(projections.value), steps.value);
  if (done) done = multiply("key ", read_only(steps.query), read_only(steps.key), steps.scores, factor);
  if (!done) return done;
  return scaled_dot_product_attention(
      one_head<const float>(steps.query.data(), query_shape), one_head<const float>(steps.key.data(), query_shape),
      one_head<const float>(steps.value.data(), value_shape), {.scale = scale, .causal = causal},
      {.output = one_head<float>(steps.output.data(), value_shape),
       .weights = one_head<float>(steps.weights.data(), scores_shape)});
}

}  // namespace headscope
