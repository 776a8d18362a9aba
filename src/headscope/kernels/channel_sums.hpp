#pragma once

#include <algorithm>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/softmax.hpp"
#include "headscope/simd.hpp"

/// What split attention does with the channels of its branches. Rows are positions, columns are channels.
namespace headscope::kernels {

/// sums (columns)[c] += Σ_i x (rows, columns)[i][c]
template <class Arch>
void add_rows(const float* x, std::size_t rows, std::size_t columns, float* sums) {
  using Batch = xsimd::batch<float, Arch>;
  // Sums of parts: a single long chain would lose digits.
  for (std::size_t first = 0; first < rows; first += chain) {
    const std::size_t end = std::min(rows, first + chain);
    std::size_t c = 0;
    for (; c + Batch::size <= columns; c += Batch::size) {
      Batch sum(0.0f);
      for (std::size_t i = first; i < end; ++i) sum += Batch::load_unaligned(x + i * columns + c);
      (Batch::load_unaligned(sums + c) + sum).store_unaligned(sums + c);
    }
    for (; c < columns; ++c) {
      float sum = 0;
      for (std::size_t i = first; i < end; ++i) sum += x[i * columns + c];
      sums[c] += sum;
    }
  }
}

/// y (rows, columns)[i][c] = Σ_k weights (branches, columns)[k][c] x (branches, rows, columns)[k][i][c]
template <class Arch>
void weigh_branches(const float* x, const float* weights, std::size_t branches, std::size_t rows, std::size_t columns,
                    float* y) {
  using Batch = xsimd::batch<float, Arch>;
  for (std::size_t i = 0; i < rows; ++i) {
    const float* const row = x + i * columns;
    float* const target = y + i * columns;
    std::size_t c = 0;
    for (; c + Batch::size <= columns; c += Batch::size) {
      Batch sum(0.0f);
      for (std::size_t k = 0; k < branches; ++k) {
        sum = simd::madd(Batch::load_unaligned(weights + k * columns + c),
                         Batch::load_unaligned(row + k * rows * columns + c), sum);
      }
      sum.store_unaligned(target + c);
    }
    for (; c < columns; ++c) {
      float sum = 0;
      for (std::size_t k = 0; k < branches; ++k) sum += weights[k * columns + c] * row[k * rows * columns + c];
      target[c] = sum;
    }
  }
}

}  // namespace headscope::kernels
