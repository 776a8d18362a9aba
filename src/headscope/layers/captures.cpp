#include "headscope/layers/captures.hpp"

#include <algorithm>
#include <utility>

#include "headscope/tensor.hpp"

namespace headscope {

bool Captures::wants(std::string_view name) const {
  return std::ranges::any_of(wanted_, [&](std::string_view wanted) {
    return wanted.ends_with('*') ? name.starts_with(wanted.substr(0, wanted.size() - 1)) : name == wanted;
  });
}

Result<float*> Captures::room(std::string_view name, std::span<const std::size_t> shape) {
  if (!wants(name)) return nullptr;
  const auto count = element_count<float>(shape);
  if (!count) return refuse(StatusCode::TooLarge, name, "addressable memory", shape_text(shape));
  auto data = kernels::allocate_floats(*count);
  if (!data) return std::unexpected(data.error());
  entries_.push_back({.name = std::string(name), .shape = {shape.begin(), shape.end()}, .data = std::move(*data)});
  return entries_.back().data.get();
}

Result<void> Captures::keep(std::string_view name, std::span<const std::size_t> shape, const float* data) {
  const auto place = room(name, shape);
  if (!place) return std::unexpected(place.error());
  if (*place != nullptr) std::copy_n(data, element_count<float>(shape).value_or(0), *place);
  return {};
}

}  // namespace headscope
