#pragma once

#include <algorithm>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"

namespace headscope::kernels {

/// Where the cells of pixel `pixel` begin when `pixels` of them share `cells` cells evenly.
constexpr std::size_t first_cell(std::size_t pixel, std::size_t pixels, std::size_t cells) {
  return static_cast<std::size_t>(static_cast<unsigned long long>(pixel) * cells / pixels);
}

/// Where they end; a pixel has at least one cell.
constexpr std::size_t end_cell(std::size_t pixel, std::size_t pixels, std::size_t cells) {
  return std::max(first_cell(pixel, pixels, cells) + 1, first_cell(pixel + 1, pixels, cells));
}

/// pooled (width, lanes)[x][l] = factors (lanes)[l] * the largest, or the sum, of weights (keys, lanes)[j][l] over the
/// keys j of pixel x.
template <class Arch, bool takes_largest>
void pool_keys(const float* weights, std::size_t keys, const float* factors, std::size_t width, float* pooled) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t x = 0; x < width; ++x) {
    const float* const first = weights + first_cell(x, width, keys) * lanes;
    const float* const end = weights + end_cell(x, width, keys) * lanes;
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      Batch total = Batch::load_aligned(first + lane);
      for (const float* w = first + lanes + lane; w < end; w += lanes) {
        const Batch weight = Batch::load_aligned(w);
        total = takes_largest ? xsimd::max(total, weight) : total + weight;
      }
      (total * Batch::load_aligned(factors + lane)).store_aligned(pooled + x * lanes + lane);
    }
  }
}

}  // namespace headscope::kernels
