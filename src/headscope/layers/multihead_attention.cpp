#include "headscope/layers/multihead_attention.hpp"

#include <algorithm>
#include <limits>

#include "headscope/attention/scaled_dot_product_attention.hpp"
#include "headscope/expect.hpp"
#include "headscope/layers/head_layout.hpp"

namespace headscope {
namespace {

constexpr float forbidden = -std::numeric_limits<float>::infinity();

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

/// Whether the rows of all batch elements follow each other at equal steps.
template <class View>
bool evenly_spaced(const View& x) {
  return x.shape()[0] <= 1 || x.strides()[0] == x.strides()[1] * static_cast<std::ptrdiff_t>(x.shape()[1]);
}

/// y (B, L, out) = linear(x (B, L, in)), in one product where the rows allow it.
Result<void> apply(const Linear& linear, const TensorView<const float, 3>& x, TensorView<float, 3> y) {
  const auto [batch, length, in] = Extents<3>{x.shape()};
  const bool at_once = evenly_spaced(x) && evenly_spaced(y);
  const std::size_t rows = at_once ? batch * length : length;
  const auto rows_of = [&]<class T>(T* data, std::size_t columns, std::ptrdiff_t step) {
    return view_of<T, 2>(data, {rows, columns}, {step, 1});
  };
  for (std::size_t b = 0; b < (at_once ? 1 : batch); ++b) {
    const auto element = static_cast<std::ptrdiff_t>(b);
    auto done = linear.forward(rows_of(x.data() + element * x.strides()[0], in, x.strides()[1]),
                               rows_of(y.data() + element * y.strides()[0], linear.out(), y.strides()[1]));
    if (!done) return done;
  }
  return {};
}

/// Projections (B, L + extra, out) of x (B, L, in) in a buffer of their own, and behind each batch element's rows the
/// extra ones: first `bias` (out) if there is one, then zeros.
Result<kernels::Buffer> project(const Linear& linear, const TensorView<const float, 3>& x, std::size_t extra,
                                const float* bias) {
  const auto [batch, length, in] = Extents<3>{x.shape()};
  const Extents<3> shape{batch, length + extra, linear.out()};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, "x", "projections that memory can address", shape_text_of(x));
  auto buffer = kernels::allocate_floats(*size);
  if (!buffer) return buffer;
  const auto element = static_cast<std::ptrdiff_t>(shape[1] * shape[2]);
  const auto done = apply(linear, x,
                          view_of<float, 3>(buffer->get(), {batch, length, linear.out()},
                                            {element, static_cast<std::ptrdiff_t>(shape[2]), 1}));
  if (!done) return std::unexpected(done.error());
  for (std::size_t b = 0; extra > 0 && b < batch; ++b) {
    float* row = buffer->get() + (b * shape[1] + length) * shape[2];
    std::fill_n(row, extra * shape[2], 0.0f);
    if (bias != nullptr) std::copy_n(bias, shape[2], row);
  }
  return buffer;
}

/// 1 in every dimension where there is none.
Extents<4> shape_of(const Mask& mask) {
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) return boolean->allowed.shape();
  if (const auto* additive = std::get_if<AdditiveMask>(&mask)) return additive->bias.shape();
  return {1, 1, 1, 1};
}

/// What a mask adds to one score; extents of 1 are for all.
float added(const Mask& mask, std::size_t b, std::size_t h, std::size_t i, std::size_t j) {
  const auto at = [&](const auto& view) {
    const auto& extent = view.shape();
    return view(extent[0] == 1 ? 0 : b, extent[1] == 1 ? 0 : h, extent[2] == 1 ? 0 : i, extent[3] == 1 ? 0 : j);
  };
  if (const auto* boolean = std::get_if<BooleanMask>(&mask)) return at(boolean->allowed) != 0 ? 0.0f : forbidden;
  if (const auto* additive = std::get_if<AdditiveMask>(&mask)) return at(additive->bias);
  return 0;
}

float added(const KeyPaddingMask& padding, std::size_t b, std::size_t j) {
  if (const auto* ignored = std::get_if<1>(&padding)) return (*ignored)(b, j) != 0 ? forbidden : 0.0f;
  if (const auto* bias = std::get_if<2>(&padding)) return (*bias)(b, j);
  return 0;
}

/// What all masks together add to the scores of the given keys, and 0 for the extra ones: a mask in `buffer`.
Result<AdditiveMask> merge_masks(const MultiHeadAttentionOptions& options, const Extents<4>& scores, std::size_t extra,
                                 kernels::Buffer& buffer) {
  const Extents<4> mask = shape_of(options.mask);
  // Without extra keys causality is left to attention, which then has less to do.
  const bool causal = options.causal && extra > 0;
  const Extents<4> shape{scores[0], mask[1], causal ? scores[2] : mask[2], scores[3]};
  const auto size = element_count<float>(shape);
  if (!size) return refuse(StatusCode::TooLarge, "mask", "a mask that memory can address", shape_text(shape));
  auto allocated = kernels::allocate_floats(*size);
  if (!allocated) return std::unexpected(allocated.error());
  buffer = std::move(*allocated);
  float* bias = buffer.get();
  for (std::size_t b = 0; b < shape[0]; ++b) {
    for (std::size_t h = 0; h < shape[1]; ++h) {
      for (std::size_t i = 0; i < shape[2]; ++i) {
        for (std::size_t j = 0; j < shape[3] - extra; ++j) {
          const bool later = causal && j > i;
          *bias++ = later ? forbidden : added(options.mask, b, h, i, j) + added(options.key_padding_mask, b, j);
        }
        bias = std::fill_n(bias, extra, 0.0f);
      }
    }
  }
  return AdditiveMask{view_of<const float, 4>(buffer.get(), shape)};
}

/// mean (B, Lq, Lk) of weights (B, H, Lq, Lk) over the heads, both row-major.
void average_heads(const float* weights, const Extents<4>& shape, float* mean) {
  const auto [batch, heads, queries, keys] = shape;
  const std::size_t plane = queries * keys;
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t i = 0; i < plane; ++i) {
      float sum = 0;
      for (std::size_t h = 0; h < heads; ++h) sum += weights[(b * heads + h) * plane + i];
      mean[b * plane + i] = sum / static_cast<float>(heads);
    }
  }
}

}  // namespace

Result<MultiHeadAttention> MultiHeadAttention::create(const MultiHeadAttentionParameters& parameters,
                                                      std::size_t heads) {
  const std::size_t rows = parameters.query.weight.shape()[0];
  const std::size_t value_rows = parameters.value.weight.shape()[0];
  auto fits = first_failure(expect_divisible("query", rows, heads), expect_divisible("value", value_rows, heads),
                            expect_rows("key weight", parameters.key, rows));
  if (fits && parameters.output) fits = expect_columns("output weight", *parameters.output, value_rows);
  if (fits && parameters.bias_key.has_value() != parameters.bias_value.has_value()) {
    fits = refuse(StatusCode::InvalidArgument, parameters.bias_key ? "biasValue" : "biasKey",
                  "a tensor, as the other bias is given", "none");
  }
  if (fits && parameters.bias_key && parameters.bias_value) {
    fits = first_failure(expect_shape("biasKey", *parameters.bias_key, Extents<1>{rows}),
                         expect_shape("biasValue", *parameters.bias_value, Extents<1>{value_rows}));
  }
  if (!fits) return std::unexpected(fits.error());

  auto query = Linear::create("query ", parameters.query);
  if (!query) return std::unexpected(query.error());
  auto key = Linear::create("key ", parameters.key);
  if (!key) return std::unexpected(key.error());
  auto value = Linear::create("value ", parameters.value);
  if (!value) return std::unexpected(value.error());
  MultiHeadAttention layer(heads, std::move(*query), std::move(*key), std::move(*value));
  if (parameters.output) {
    auto output = Linear::create("output ", *parameters.output);
    if (!output) return std::unexpected(output.error());
    layer.output_ = std::move(*output);
  }
  if (parameters.bias_key && parameters.bias_value) {
    auto bias = kernels::allocate_floats(rows + value_rows);
    if (!bias) return std::unexpected(bias.error());
    for (std::size_t i = 0; i < rows; ++i) (*bias)[i] = (*parameters.bias_key)(i);
    for (std::size_t i = 0; i < value_rows; ++i) (*bias)[rows + i] = (*parameters.bias_value)(i);
    layer.bias_ = std::move(*bias);
  }
  layer.add_zero_attention_ = parameters.add_zero_attention;
  return layer;
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
                                         const TensorView<const float, 3>& value,
                                         const MultiHeadAttentionOptions& options, TensorView<float, 3> output,
                                         std::optional<TensorView<float, 4>> weights,
                                         std::optional<TensorView<float, 3>> average_weights) const {
  const std::size_t batch = query.shape()[0];
  const std::size_t query_length = query.shape()[1];
  const std::size_t given_keys = key.shape()[1];
  const std::size_t extra = extra_keys();
  const std::size_t key_length = given_keys + extra;
  const Extents<4> scores{batch, heads_, query_length, key_length};
  const Extents<4> masked{batch, heads_, query_length, given_keys};
  auto fits = first_failure(expect_shape("query", query, Extents<3>{batch, query_length, query_.in()}),
                            expect_shape("key", key, Extents<3>{batch, given_keys, key_.in()}),
                            expect_shape("value", value, Extents<3>{batch, given_keys, value_.in()}),
                            expect_shape("output", output, Extents<3>{batch, query_length, output_dim()}));
  if (fits) fits = expect_shape_broadcasts("mask", shape_of(options.mask), masked);
  const Extents<2> padding{batch, given_keys};
  if (const auto* ignored = std::get_if<1>(&options.key_padding_mask); fits && ignored != nullptr) {
    fits = expect_shape("keyPaddingMask", *ignored, padding);
  } else if (const auto* bias = std::get_if<2>(&options.key_padding_mask); fits && bias != nullptr) {
    fits = expect_shape("keyPaddingMask", *bias, padding);
  }
  if (!fits) return fits;

  const float* const bias_key = bias_.get();
  auto queries = project(query_, query, 0, nullptr);
  if (!queries) return std::unexpected(queries.error());
  auto keys = project(key_, key, extra, bias_key);
  if (!keys) return std::unexpected(keys.error());
  auto values = project(value_, value, extra, bias_key == nullptr ? nullptr : bias_key + key_.out());
  if (!values) return std::unexpected(values.error());

  const bool has_mask = !std::holds_alternative<std::monostate>(options.mask);
  const bool has_padding = !std::holds_alternative<std::monostate>(options.key_padding_mask);
  kernels::Buffer bias;
  Mask mask = options.mask;
  if (has_padding || (extra > 0 && (has_mask || options.causal))) {
    auto merged = merge_masks(options, scores, extra, bias);
    if (!merged) return std::unexpected(merged.error());
    mask.emplace<AdditiveMask>(*merged);
  }
  const AttentionOptions attention{.causal = options.causal && extra == 0, .mask = mask, .dropout = options.dropout};

  kernels::Buffer all_weights;
  if (average_weights && !weights) {
    const auto size = element_count<float>(scores);
    if (!size) return refuse(StatusCode::TooLarge, "weights", "addressable memory", shape_text(scores));
    auto buffer = kernels::allocate_floats(*size);
    if (!buffer) return std::unexpected(buffer.error());
    all_weights = std::move(*buffer);
    weights.emplace(view_of<float, 4>(all_weights.get(), scores));
  }

  const std::size_t head_dim = query_.out() / heads_;
  const std::size_t value_dim = value_.out() / heads_;
  kernels::Buffer concatenated;
  if (output_) {
    auto buffer = kernels::allocate_floats(batch * query_length * value_.out());
    if (!buffer) return std::unexpected(buffer.error());
    concatenated = std::move(*buffer);
  }

  TensorView<float, 3> rows =
      output_ ? view_of<float, 3>(concatenated.get(), {batch, query_length, value_.out()}) : output;
  const auto done = scaled_dot_product_attention(
      heads_view<const float>(queries->get(), {batch, query_length, heads_, head_dim}),
      heads_view<const float>(keys->get(), {batch, key_length, heads_, head_dim}),
      heads_view<const float>(values->get(), {batch, key_length, heads_, value_dim}), attention,
      {.output = view_of<float, 4>(rows.data(), {batch, heads_, query_length, value_dim},
                                   {rows.strides()[0], static_cast<std::ptrdiff_t>(value_dim), rows.strides()[1], 1}),
       .weights = weights});
  if (!done) return done;
  if (average_weights) average_heads(weights->data(), scores, average_weights->data());
  if (!output_) return {};
  return apply(*output_, view_of<const float, 3>(concatenated.get(), {batch, query_length, value_.out()}), output);
}

}  // namespace headscope
