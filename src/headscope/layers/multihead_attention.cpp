#include "headscope/layers/multihead_attention.hpp"

#include <algorithm>
#include <limits>

#include "headscope/attention/check.hpp"
#include "headscope/attention/dropout.hpp"
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

/// y (B, L, out) loses some of its elements.
void drop(const Dropout& dropout, TensorView<float, 3> y) {
  const auto [batch, length, columns] = Extents<3>{y.shape()};
  for (std::size_t b = 0; columns > 0 && b < batch; ++b) {
    for (std::size_t i = 0; i < length; ++i) {
      const DropoutRow row(dropout, b, i);
      float* const values = &y(b, i, 0);
      for (std::size_t d = 0; d < columns; ++d) values[d] *= row.factor(d);
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

/// Lets `attend` write the heads' outputs (B, heads, Lq, Dv) and projects what it wrote.
template <class Attend>
Result<void> MultiHeadAttention::project_output(std::size_t batch, std::size_t length, TensorView<float, 3> output,
                                                Attend&& attend) const {
  const Extents<3> shape{batch, length, value_.out()};
  kernels::Buffer concatenated;
  if (output_) {
    auto buffer = kernels::allocate_floats(batch * length * value_.out());
    if (!buffer) return std::unexpected(buffer.error());
    concatenated = std::move(*buffer);
  }
  TensorView<float, 3> rows = output_ ? view_of<float, 3>(concatenated.get(), shape) : output;
  auto done = attend(
      view_of<float, 4>(rows.data(), {batch, heads_, length, value_head_dim()},
                        {rows.strides()[0], static_cast<std::ptrdiff_t>(value_head_dim()), rows.strides()[1], 1}));
  if (!done || !output_) return done;
  return apply(*output_, view_of<const float, 3>(concatenated.get(), shape), output);
}

Result<void> MultiHeadAttention::forward(const TensorView<const float, 3>& query, const TensorView<const float, 3>& key,
                                         const TensorView<const float, 3>& value,
                                         const MultiHeadAttentionOptions& options, TensorView<float, 3> output,
                                         std::optional<TensorView<float, 4>> weights,
                                         std::optional<TensorView<float, 3>> average_weights) const {
  const std::size_t batch = query.shape()[0];
  if (auto fits = expect_shape("key", key, Extents<3>{batch, key.shape()[1], key_.in()}); !fits) return fits;
  const MultiHeadAttentionResults results{.output = output, .weights = weights, .average_weights = average_weights};
  if (auto fits = check(query, {batch, key.shape()[1]}, options, results); !fits) return fits;
  const auto keys = project(key, value);
  if (!keys) return std::unexpected(keys.error());
  return attend(query, *keys, options, results);
}

Result<ProjectedKeys> MultiHeadAttention::project(const TensorView<const float, 3>& key,
                                                  const TensorView<const float, 3>& value) const {
  const std::size_t batch = key.shape()[0];
  const std::size_t length = key.shape()[1];
  if (auto fits = first_failure(expect_shape("key", key, Extents<3>{batch, length, key_.in()}),
                                expect_shape("value", value, Extents<3>{batch, length, value_.in()}));
      !fits) {
    return std::unexpected(fits.error());
  }
  const float* const bias_key = bias_.get();
  auto keys = headscope::project(key_, key, extra_keys(), bias_key);
  if (!keys) return std::unexpected(keys.error());
  auto values = headscope::project(value_, value, extra_keys(), bias_key == nullptr ? nullptr : bias_key + key_.out());
  if (!values) return std::unexpected(values.error());
  return ProjectedKeys{.batch = batch, .length = length, .keys = std::move(*keys), .values = std::move(*values)};
}

/// `keys` are how many there are: (B, Lk).
Result<void> MultiHeadAttention::check(const TensorView<const float, 3>& query, const Extents<2>& keys,
                                       const MultiHeadAttentionOptions& options,
                                       const MultiHeadAttentionResults& results) const {
  const std::size_t batch = query.shape()[0];
  const std::size_t queries = query.shape()[1];
  const Extents<4> masked{batch, heads_, queries, keys[1]};
  auto fits = first_failure(expect_shape("query", query, Extents<3>{batch, queries, query_.in()}),
                            expect_shape("output", results.output, Extents<3>{batch, queries, output_dim()}),
                            expect_shape_broadcasts("mask", shape_of(options.mask), masked));
  if (fits && keys[0] != batch && keys[0] != 1) {
    fits = refuse(StatusCode::InvalidShape, "key", "a batch of " + std::to_string(batch) + " or 1",
                  std::to_string(keys[0]));
  }
  if (fits) fits = check_dropout("outputDropout", options.output_dropout);
  const Extents<2> padding{batch, keys[1]};
  if (const auto* ignored = std::get_if<1>(&options.key_padding_mask); fits && ignored != nullptr) {
    fits = expect_shape("keyPaddingMask", *ignored, padding);
  } else if (const auto* bias = std::get_if<2>(&options.key_padding_mask); fits && bias != nullptr) {
    fits = expect_shape("keyPaddingMask", *bias, padding);
  }
  return fits;
}

Result<void> MultiHeadAttention::attend(const TensorView<const float, 3>& query, const ProjectedKeys& keys,
                                        const MultiHeadAttentionOptions& options,
                                        const MultiHeadAttentionResults& results) const {
  if (auto fits = check(query, {keys.batch, keys.length}, options, results); !fits) return fits;
  const std::size_t batch = query.shape()[0];
  const std::size_t query_length = query.shape()[1];
  const std::size_t extra = extra_keys();
  const std::size_t key_length = keys.length + extra;
  const Extents<4> scores{batch, heads_, query_length, key_length};
  auto queries = headscope::project(query_, query, 0, nullptr);
  if (!queries) return std::unexpected(queries.error());

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
  std::optional<TensorView<float, 4>> weights = results.weights;
  std::optional<TensorView<float, 3>> average = results.average_weights;
  if (average && !weights) {
    const auto size = element_count<float>(scores);
    if (!size) return refuse(StatusCode::TooLarge, "weights", "addressable memory", shape_text(scores));
    auto buffer = kernels::allocate_floats(*size);
    if (!buffer) return std::unexpected(buffer.error());
    all_weights = std::move(*buffer);
    weights.emplace(view_of<float, 4>(all_weights.get(), scores));
  }

  const auto keys_view = [&](const kernels::Buffer& rows, std::size_t depth) {
    const HeadLayout layout{.batch = batch, .length = key_length, .heads = heads_, .head_dim = depth};
    return heads_view<const float>(rows.get(), layout, keys.batch == 1);
  };
  const auto done = project_output(batch, query_length, results.output, [&](TensorView<float, 4> output) {
    return scaled_dot_product_attention(
        heads_view<const float>(queries->get(), {batch, query_length, heads_, head_dim()}),
        keys_view(keys.keys, head_dim()), keys_view(keys.values, value_head_dim()), attention,
        {.output = output, .weights = weights});
  });
  if (!done) return done;
  if (output_ && options.output_dropout.probability > 0) drop(options.output_dropout, results.output);
  if (average) average_heads(weights->data(), scores, average->data());
  if (results.queries != nullptr) *results.queries = std::move(*queries);
  return {};
}

Result<void> MultiHeadAttention::attend_cached(const TensorView<const float, 3>& tokens, KeyValueCache& cache,
                                               const MultiHeadAttentionResults& results) const {
  if (extra_keys() > 0) {
    return refuse(StatusCode::InvalidArgument, "cache", "a layer that adds no keys", "one that does");
  }
  const std::size_t batch = tokens.shape()[0];
  const std::size_t count = tokens.shape()[1];
  if (auto fits = check(tokens, {batch, count}, {}, results); !fits) return fits;
  const auto keys = project(tokens, tokens);
  if (!keys) return std::unexpected(keys.error());
  auto queries = headscope::project(query_, tokens, 0, nullptr);
  if (!queries) return std::unexpected(queries.error());
  const HeadLayout layout{.batch = batch, .length = count, .heads = heads_, .head_dim = head_dim()};
  const HeadLayout value_layout{.batch = batch, .length = count, .heads = heads_, .head_dim = value_head_dim()};
  auto done = project_output(batch, count, results.output, [&](TensorView<float, 4> output) {
    return cache.append_and_attend(heads_view<const float>(keys->keys.get(), layout),
                                   heads_view<const float>(keys->values.get(), value_layout),
                                   heads_view<const float>(queries->get(), layout), {.causal = true},
                                   {.output = output, .weights = results.weights});
  });
  if (done && results.queries != nullptr) *results.queries = std::move(*queries);
  return done;
}

}  // namespace headscope
