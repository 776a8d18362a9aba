#include "headscope/layers/multihead_attention.hpp"

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/head_layout.hpp"

namespace headscope {
namespace {

Result<void> expect_divisible(const std::string& argument, std::size_t rows, std::size_t heads) {
  if (heads == 0) return refuse(StatusCode::InvalidArgument, "heads", "at least 1", "0");
  if (rows % heads != 0) {
    return refuse(StatusCode::InvalidArgument, "heads",
                  "a divisor of the " + std::to_string(rows) + " rows of the " + argument + " weight",
                  std::to_string(heads));
  }
  return {};
}

Result<void> expect_rows(const std::string& argument, const LinearParameters& parameters, std::size_t rows) {
  return expect_shape(argument, parameters.weight, Extents<2>{rows, parameters.weight.shape()[1]});
}

Result<void> expect_columns(const std::string& argument, const LinearParameters& parameters, std::size_t columns) {
  return expect_shape(argument, parameters.weight, Extents<2>{parameters.weight.shape()[0], columns});
}

/// A projection of all rows of x (B, L, in): (B L, out) in a buffer of its own.
Result<kernels::Buffer> project(const Linear& linear, const TensorView<const float, 3>& x) {
  const std::size_t rows = x.shape()[0] * x.shape()[1];
  const auto size = element_count<float>(Extents<2>{rows, linear.out()});
  if (!size) return refuse(StatusCode::TooLarge, "x", "projections that memory can address", shape_text_of(x));
  auto buffer = kernels::allocate_floats(*size);
  if (!buffer) return buffer;
  const auto done = linear.forward(view_of<const float, 2>(x.data(), {rows, linear.in()}),
                                   view_of<float, 2>(buffer->get(), {rows, linear.out()}));
  if (!done) return std::unexpected(done.error());
  return buffer;
}

}  // namespace

Result<MultiHeadAttention> MultiHeadAttention::create(const MultiHeadAttentionParameters& parameters,
                                                      std::size_t heads) {
  const std::size_t rows = parameters.query.weight.shape()[0];
  const std::size_t value_rows = parameters.value.weight.shape()[0];
  auto fits = first_failure(expect_divisible("query", rows, heads), expect_divisible("value", value_rows, heads),
                            expect_rows("key weight", parameters.key, rows));
  if (fits && parameters.output) fits = expect_columns("output weight", *parameters.output, value_rows);
  if (!fits) return std::unexpected(fits.error());

  auto query = Linear::create("query ", parameters.query);
  if (!query) return std::unexpected(query.error());
  auto key = Linear::create("key ", parameters.key);
  if (!key) return std::unexpected(key.error());
  auto value = Linear::create("value ", parameters.value);
  if (!value) return std::unexpected(value.error());
  std::optional<Linear> output;
  if (parameters.output) {
    auto created = Linear::create("output ", *parameters.output);
    if (!created) return std::unexpected(created.error());
    output = std::move(*created);
  }
  return MultiHeadAttention(heads, std::move(*query), std::move(*key), std::move(*value), std::move(output));
}

Result<MultiHeadAttention> MultiHeadAttention::create_patch_attention(const PatchAttentionParameters& parameters,
                                                                      std::size_t heads, std::size_t head_dim) {
  const auto inner = element_count<float>(Extents<3>{3, heads, head_dim});
  if (!inner) return refuse(StatusCode::TooLarge, "heads", "3 heads headDim to be addressable", std::to_string(heads));
  const std::size_t dim = parameters.qkv.shape()[1];
  if (auto fits = expect_shape("qkv weight", parameters.qkv, Extents<2>{*inner, dim}); !fits) {
    return std::unexpected(fits.error());
  }
  const bool projects = heads != 1 || head_dim != dim;
  if (projects != parameters.output.has_value()) {
    return refuse(StatusCode::InvalidArgument, "output",
                  projects ? "a projection, as heads is not 1 or headDim is not dim"
                           : "no projection, as heads is 1 and headDim is dim",
                  projects ? "none" : "one");
  }
  const std::size_t rows = heads * head_dim;
  const auto third = [&](std::size_t index) {
    return LinearParameters{.weight = view_of<const float, 2>(parameters.qkv.data() + index * rows * dim, {rows, dim})};
  };
  return create({.query = third(0), .key = third(1), .value = third(2), .output = parameters.output}, heads);
}

Result<void> MultiHeadAttention::forward(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                         const TensorView<const float, 3>& value, const AttentionOptions& options,
                                         TensorView<float, 3> output,
                                         std::optional<TensorView<float, 4>> weights) const {
  const std::size_t batch = query.shape()[0];
  const std::size_t query_length = query.shape()[1];
  const std::size_t key_length = key.shape()[1];
  if (auto fits = first_failure(expect_shape("query", query, Extents<3>{batch, query_length, query_.in()}),
                                expect_shape("key", key, Extents<3>{batch, key_length, key_.in()}),
                                expect_shape("value", value, Extents<3>{batch, key_length, value_.in()}),
                                expect_shape("output", output, Extents<3>{batch, query_length, output_dim()}));
      !fits) {
    return fits;
  }
  auto queries = project(query_, query);
  if (!queries) return std::unexpected(queries.error());
  auto keys = project(key_, key);
  if (!keys) return std::unexpected(keys.error());
  auto values = project(value_, value);
  if (!values) return std::unexpected(values.error());

  const std::size_t head_dim = query_.out() / heads_;
  const std::size_t value_dim = value_.out() / heads_;
  kernels::Buffer concatenated;
  float* heads_output = output.data();
  if (output_) {
    auto buffer = kernels::allocate_floats(batch * query_length * value_.out());
    if (!buffer) return std::unexpected(buffer.error());
    concatenated = std::move(*buffer);
    heads_output = concatenated.get();
  }
  const auto attended = scaled_dot_product_attention(
      heads_view<const float>(queries->get(), {batch, query_length, heads_, head_dim}),
      heads_view<const float>(keys->get(), {batch, key_length, heads_, head_dim}),
      heads_view<const float>(values->get(), {batch, key_length, heads_, value_dim}), options,
      {.output = heads_view(heads_output, {batch, query_length, heads_, value_dim}), .weights = weights});
  if (!attended || !output_) return attended;
  const std::size_t rows = batch * query_length;
  return output_->forward(view_of<const float, 2>(concatenated.get(), {rows, value_.out()}),
                          view_of<float, 2>(output.data(), {rows, output_->out()}));
}

}  // namespace headscope
