#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"

namespace headscope::kernels {

/// Turns lanes back into rows:  rows[r * row_stride + c] = tile (columns, lanes)[c][r] * factors (lanes)[r]  for r <
/// row_count. A factor of exactly 0 stores 0 whatever the tile holds: a row that attends to nothing is 0, not NaN.
template <class Arch>
void store_rows(const float* tile, std::size_t columns, const float* factors, std::size_t row_count, float* rows,
                std::size_t row_stride) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t first = 0; first < row_count; first += step) {
    const Batch factor = Batch::load_aligned(factors + first);
    const std::size_t count = std::min(step, row_count - first);
    float* const target = rows + first * row_stride;
    std::size_t c = 0;
    for (; c + step <= columns; c += step) {
      std::array<Batch, step> block;
      for (std::size_t i = 0; i < step; ++i) block[i] = Batch::load_aligned(tile + (c + i) * lanes + first) * factor;
      xsimd::transpose(block.data(), block.data() + step);
      for (std::size_t r = 0; r < step; ++r) {
        if (r < count) block[r].store_unaligned(target + r * row_stride + c);
      }
    }
    for (; c < columns; ++c) {
      for (std::size_t r = 0; r < count; ++r)
        target[r * row_stride + c] = tile[c * lanes + first + r] * factors[first + r];
    }
    for (std::size_t r = 0; r < count; ++r) {
      if (factors[first + r] == 0.0f) std::fill_n(target + r * row_stride, columns, 0.0f);
    }
  }
}

}  // namespace headscope::kernels
