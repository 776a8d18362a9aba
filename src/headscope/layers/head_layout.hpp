#pragma once

#include <cstddef>

#include "headscope/tensor.hpp"

namespace headscope {

/// Rows of a projection, (batch, length, heads head_dim): the heads of a row lie side by side.
struct HeadLayout {
  std::size_t batch;
  std::size_t length;
  std::size_t heads;
  std::size_t head_dim;
};

/// The same memory seen as (B, H, L, D): head h of a row is its columns h D to (h + 1) D. Nothing is copied. Rows that
/// are `shared` are those of every batch element.
template <class T>
TensorView<T, 4> heads_view(T* rows, const HeadLayout& layout, bool shared = false) {
  const std::size_t row_size = layout.heads * layout.head_dim;
  const auto step = [](std::size_t elements) { return static_cast<std::ptrdiff_t>(elements); };
  return view_of<T, 4>(rows, {layout.batch, layout.heads, layout.length, layout.head_dim},
                       {shared ? 0 : step(layout.length * row_size), step(layout.head_dim), step(row_size), 1});
}

}  // namespace headscope
