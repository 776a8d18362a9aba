#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

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

/// Which cells [first, end) a pixel shows.
struct Cells {
  std::uint32_t first;
  std::uint32_t end;
};

/// pooled (width, lanes)[x][l] = the largest, or the sum, of weights (keys, lanes)[j][l] over the keys j of pixel x.
template <class Arch, bool takes_largest>
void pool_keys(const float* weights, const Cells* pixels, std::size_t width, float* pooled) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t x = 0; x < width; ++x) {
    const float* w = weights + pixels[x].first * lanes;
    const float* const end = weights + pixels[x].end * lanes;
    Batch total0 = Batch::load_aligned(w);
    Batch total1 = Batch::load_aligned(w + step);
    for (w += lanes; w < end; w += lanes) {
      const Batch weight0 = Batch::load_aligned(w);
      const Batch weight1 = Batch::load_aligned(w + step);
      total0 = takes_largest ? xsimd::max(total0, weight0) : total0 + weight0;
      total1 = takes_largest ? xsimd::max(total1, weight1) : total1 + weight1;
    }
    total0.store_aligned(pooled + x * lanes);
    total1.store_aligned(pooled + x * lanes + step);
  }
}

/// target (count)[x] = the larger of target[x] and row[x], or their sum.
template <class Arch, bool takes_largest>
void pool_row(const float* row, std::size_t count, float* target) {
  using Batch = xsimd::batch<float, Arch>;
  std::size_t x = 0;
  for (; x + Batch::size <= count; x += Batch::size) {
    const Batch before = Batch::load_unaligned(target + x);
    const Batch added = Batch::load_unaligned(row + x);
    (takes_largest ? xsimd::max(before, added) : before + added).store_unaligned(target + x);
  }
  for (; x < count; ++x) target[x] = takes_largest ? std::max(target[x], row[x]) : target[x] + row[x];
}

}  // namespace headscope::kernels
