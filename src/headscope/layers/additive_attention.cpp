#include "headscope/layers/additive_attention.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/attention/tensors.hpp"
#include "headscope/expect.hpp"
#include "headscope/kernels/additive_scores.hpp"
#include "headscope/kernels/rows.hpp"

namespace headscope {
namespace {

using Arch = xsimd::default_arch;

/// (B, L, D) as (B, 1, L, D).
template <class T>
TensorView<T, 4> one_head(T* data, const Extents<3>& shape) {
  return view_of<T, 4>(data, {shape[0], 1, shape[1], shape[2]});
}

Result<kernels::Buffer> zeros(const Extents<3>& shape) {
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, "query", "projections that memory can address", shape_text(shape));
  auto buffer = kernels::allocate_floats(*size);
  if (buffer) std::fill_n(buffer->get(), *size, 0.0f);
  return buffer;
}

/// A projection (B, L, padded hidden) of x (B, L, dim), with zeros behind each row.
Result<kernels::Buffer> project(const std::string& name, const LinearParameters& parameters,
                                const TensorView<const float, 3>& x, std::size_t padded) {
  auto linear = Linear::create(name, parameters);
  if (!linear) return std::unexpected(linear.error());
  auto buffer = zeros({x.shape()[0], x.shape()[1], padded});
  if (!buffer) return buffer;
  const std::size_t rows = x.shape()[0] * x.shape()[1];
  const auto done = linear->forward(
      view_of<const float, 2>(x.data(), {rows, linear->in()}),
      view_of<float, 2>(buffer->get(), {rows, linear->out()}, {static_cast<std::ptrdiff_t>(padded), 1}));
  if (!done) return std::unexpected(done.error());
  return buffer;
}

/// scores (B, Lq, Lk) += what the mask says.
void add_mask(const Mask& mask, const Extents<3>& shape, float* scores) {
  const auto [batch, queries, keys] = shape;
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t i = 0; i < queries; ++i, scores += keys) {
      with_mask_row(
          mask, b, 0, i,
          [&](const std::uint8_t* allowed, std::size_t step) {
            for (std::size_t j = 0; j < keys; ++j) {
              if (allowed[j * step] == 0) scores[j] = -std::numeric_limits<float>::infinity();
            }
          },
          [&](const float* bias, std::size_t step) {
            // What is forbidden stays so, whatever its score is.
            for (std::size_t j = 0; j < keys; ++j) {
              scores[j] =
                  std::isinf(bias[j * step]) && bias[j * step] < 0 ? bias[j * step] : scores[j] + bias[j * step];
            }
          });
    }
  }
}

Extents<4> shape_of(const Mask& mask) {
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) return boolean->allowed.shape();
  if (const auto* additive = std::get_if<AdditiveMask>(&mask)) return additive->bias.shape();
  return {1, 1, 1, 1};
}

}  // namespace

Result<void> additive_attention(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                const TensorView<const float, 3>& value, const AdditiveAttentionParameters& parameters,
                                const SingleHeadOptions& options, SingleHeadResults results) {
  const auto [batch, queries] = Extents<2>{query.shape()[0], query.shape()[1]};
  const std::size_t keys = key.shape()[1];
  const std::size_t hidden = parameters.query.weight.shape()[0];
  const Extents<3> square{batch, queries, keys};
  auto fits = first_failure(
      expect_shape("query", query, Extents<3>{batch, queries, parameters.query.weight.shape()[1]}),
      expect_shape("key", key, Extents<3>{batch, keys, parameters.key.weight.shape()[1]}),
      expect_shape("value", value, Extents<3>{batch, keys, value.shape()[2]}),
      expect_shape("key weight", parameters.key.weight, Extents<2>{hidden, parameters.key.weight.shape()[1]}),
      expect_shape("score weight", parameters.score.weight, Extents<2>{1, hidden}),
      expect_shape("output", results.output, Extents<3>{batch, queries, value.shape()[2]}),
      expect_shape_broadcasts("mask", shape_of(options.mask), Extents<4>{batch, 1, queries, keys}));
  if (fits && parameters.score.bias) fits = expect_shape("score bias", *parameters.score.bias, Extents<1>{1});
  if (fits && results.weights) fits = expect_shape("weights", *results.weights, square);
  if (fits && results.scores) fits = expect_shape("scores", *results.scores, square);
  if (!fits) return fits;

  const std::size_t padded = kernels::padded_row<Arch>(hidden);
  const auto projected_query = project("query ", parameters.query, query, padded);
  if (!projected_query) return std::unexpected(projected_query.error());
  const auto projected_key = project("key ", parameters.key, key, padded);
  if (!projected_key) return std::unexpected(projected_key.error());
  const auto v = zeros({1, 1, padded});
  if (!v) return std::unexpected(v.error());
  for (std::size_t h = 0; h < hidden; ++h) (*v)[h] = parameters.score.weight(0, h);
  const float bias = parameters.score.bias ? (*parameters.score.bias)(0) : 0.0f;
  const auto scores = zeros(square);
  if (!scores) return std::unexpected(scores.error());
  for (std::size_t row = 0; row < batch * queries; ++row) {
    kernels::additive_scores<Arch>(projected_query->get() + row * padded,
                                   projected_key->get() + row / queries * keys * padded, v->get(), bias, keys, padded,
                                   scores->get() + row * keys);
  }
  if (results.scores) std::copy_n(scores->get(), batch * queries * keys, results.scores->data());
  add_mask(options.mask, square, scores->get());

  // Queries and keys without columns have scores 0, to which ours are added as a mask is.
  AttentionResults heads{.output = one_head(results.output.data(), Extents<3>{results.output.shape()})};
  if (results.weights) heads.weights = one_head(results.weights->data(), square);
  return scaled_dot_product_attention(
      one_head(query.data(), {batch, queries, 0}), one_head(key.data(), {batch, keys, 0}),
      one_head(value.data(), Extents<3>{value.shape()}),
      {.causal = options.causal, .mask = AdditiveMask{one_head<const float>(scores->get(), square)}}, heads);
}

}  // namespace headscope
