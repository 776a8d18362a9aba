#include "headscope/layers/torch_multihead_attention.hpp"

#include <optional>
#include <string>

#include "headscope/expect.hpp"

namespace headscope {
namespace {

using OptionalVector = std::optional<TensorView<const float, 1>>;

Result<OptionalVector> optional_vector(const Parameters& parameters, const char* name, std::size_t size) {
  if (!parameters.contains(name)) return OptionalVector();
  const auto vector = parameters.find<1>(name);
  if (!vector) return std::unexpected(vector.error());
  if (auto fits = expect_shape(parameters.name(name), *vector, Extents<1>{size}); !fits) {
    return std::unexpected(fits.error());
  }
  return OptionalVector(*vector);
}

}  // namespace

Result<MultiHeadAttention> torch_multihead_attention(const Parameters& parameters, std::size_t heads, std::size_t dim) {
  if (heads == 0 || dim % heads != 0) {
    return refuse(StatusCode::InvalidArgument, "heads", "a divisor of the " + std::to_string(dim) + " dimensions",
                  std::to_string(heads));
  }
  const auto weight = parameters.find<2>("in_proj_weight");
  if (!weight) return std::unexpected(weight.error());
  const auto out_weight = parameters.find<2>("out_proj.weight");
  if (!out_weight) return std::unexpected(out_weight.error());
  if (auto fits = first_failure(expect_shape(parameters.name("in_proj_weight"), *weight, Extents<2>{3 * dim, dim}),
                                expect_shape(parameters.name("out_proj.weight"), *out_weight, Extents<2>{dim, dim}));
      !fits) {
    return std::unexpected(fits.error());
  }
  const auto bias = optional_vector(parameters, "in_proj_bias", 3 * dim);
  if (!bias) return std::unexpected(bias.error());
  const auto out_bias = optional_vector(parameters, "out_proj.bias", dim);
  if (!out_bias) return std::unexpected(out_bias.error());
  const auto third = [&](std::size_t index) {
    LinearParameters part{.weight = view_of<const float, 2>(weight->data() + index * dim * dim, {dim, dim})};
    if (*bias) part.bias = view_of<const float, 1>((*bias)->data() + index * dim, {dim});
    return part;
  };
  return MultiHeadAttention::create({.query = third(0),
                                     .key = third(1),
                                     .value = third(2),
                                     .output = LinearParameters{.weight = *out_weight, .bias = *out_bias}},
                                    heads);
}

}  // namespace headscope
