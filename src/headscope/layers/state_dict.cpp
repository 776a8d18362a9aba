#include "headscope/layers/state_dict.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

#include "headscope/expect.hpp"

namespace headscope {

Result<void> StateDict::add(std::string name, std::span<const std::size_t> shape, const float* data) {
  const auto count = element_count<float>(shape);
  if (!count) return refuse(StatusCode::TooLarge, name, "addressable memory", shape_text(shape));
  for (std::size_t i = 0; i < *count; ++i) {
    if (std::isfinite(data[i])) continue;
    return refuse(StatusCode::InvalidArgument, name, "finite numbers",
                  (std::isnan(data[i]) ? "NaN at element " : "an infinity at element ") + std::to_string(i));
  }
  if (contains(name)) return refuse(StatusCode::InvalidArgument, name, "one tensor of that name", "two");
  auto copy = kernels::allocate_floats(*count);
  if (!copy) return std::unexpected(copy.error());
  std::copy_n(data, *count, copy->get());
  tensors_.emplace(std::move(name), Entry{.shape = {shape.begin(), shape.end()}, .data = std::move(*copy)});
  return {};
}

std::size_t StateDict::list_size(const std::string& prefix) const {
  std::size_t size = 0;
  for (auto entry = tensors_.lower_bound(prefix); entry != tensors_.end() && entry->first.starts_with(prefix);
       ++entry) {
    const std::string_view rest = std::string_view(entry->first).substr(prefix.size());
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (error == std::errc() && end != rest.data() + rest.size() && *end == '.') size = std::max(size, index + 1);
  }
  return size;
}

Result<const StateDict::Entry*> StateDict::with_rank(const std::string& name, std::size_t rank) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return refuse(StatusCode::InvalidArgument, name, "a tensor of that name", "none");
  const Entry& entry = found->second;
  if (entry.shape.size() == rank) return &entry;
  return refuse(StatusCode::InvalidShape, name, std::to_string(rank) + (rank == 1 ? " dimension" : " dimensions"),
                shape_text(entry.shape));
}

Result<LinearParameters> Parameters::linear_parameters(std::string_view module, std::optional<std::size_t> out,
                                                       std::optional<std::size_t> in) const {
  const Parameters own = of(module);
  const auto weight = own.find<2>("weight");
  if (!weight) return std::unexpected(weight.error());
  const Extents<2> expected{out.value_or(weight->shape()[0]), in.value_or(weight->shape()[1])};
  if (auto fits = expect_shape(own.name("weight"), *weight, expected); !fits) return std::unexpected(fits.error());
  LinearParameters parameters{.weight = *weight};
  if (own.contains("bias")) {
    const auto bias = own.find<1>("bias");
    if (!bias) return std::unexpected(bias.error());
    if (auto fits = expect_shape(own.name("bias"), *bias, Extents<1>{expected[0]}); !fits) {
      return std::unexpected(fits.error());
    }
    parameters.bias = *bias;
  }
  return parameters;
}

Result<Linear> Parameters::linear(std::string_view module, std::optional<std::size_t> out,
                                  std::optional<std::size_t> in) const {
  const auto parameters = linear_parameters(module, out, in);
  if (!parameters) return std::unexpected(parameters.error());
  return Linear::create(of(module).name(""), *parameters);
}

}  // namespace headscope
