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
    const auto empty = factor == Batch(0.0f);
    const std::size_t count = std::min(step, row_count - first);
    std::size_t c = 0;
    for (; c + step <= columns; c += step) {
      std::array<Batch, step> block;
      for (std::size_t i = 0; i < step; ++i) {
        block[i] = xsimd::select(empty, Batch(0.0f), Batch::load_aligned(tile + (c + i) * lanes + first) * factor);
      }
      xsimd::transpose(block.data(), block.data() + step);
      for (std::size_t r = 0; r < count; ++r) block[r].store_unaligned(rows + (first + r) * row_stride + c);
    }
    for (; c < columns; ++c) {
      for (std::size_t r = first; r < first + count; ++r) {
        rows[r * row_stride + c] = factors[r] == 0.0f ? 0.0f : tile[c * lanes + r] * factors[r];
      }
    }
  }
}

}  // namespace headscope::kernels
