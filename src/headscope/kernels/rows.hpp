#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/simd.hpp"

/// Products of a single row with a matrix as it lies in memory: for a few queries, packing costs more than it gains.
namespace headscope::kernels {

/// Floats that the scores of a row take in whole registers.
template <class Arch>
constexpr std::size_t padded_row(std::size_t count) {
  return round_up(count, xsimd::batch<float, Arch>::size);
}

/// scores (rows)[j] = Σ_d row[d] * matrix[j][d], elements of a matrix row side by side.
template <class Arch>
void row_times_transposed(const float* row, const Matrix& matrix, float* scores) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  const std::size_t whole = matrix.columns / step * step;
  const auto rest = [&](const float* key) {
    float sum = 0;
    for (std::size_t d = whole; d < matrix.columns; ++d) sum += row[d] * key[d];
    return sum;
  };
  // Eight sums at least hide the latency of a multiply-add. A register's worth of them is turned around at a time, so
  // that their elements add up side by side.
  constexpr std::size_t groups = step < 8 ? 8 / step : 1;
  std::size_t j = 0;
  for (; j + groups * step <= matrix.rows; j += groups * step) {
    const float* const keys = matrix.data + j * matrix.row_stride;
    std::array<Batch, step> sums[groups];
    for (auto& group : sums) group.fill(Batch(0.0f));
    for (std::size_t d = 0; d < whole; d += step) {
      const Batch r = Batch::load_unaligned(row + d);
      const float* key = keys + d;
      for (auto& group : sums) {
        for (Batch& sum : group) {
          sum = simd::madd(r, Batch::load_unaligned(key), sum);
          key += matrix.row_stride;
        }
      }
    }
    for (std::size_t g = 0; g < groups; ++g) {
      xsimd::transpose(sums[g].data(), sums[g].data() + step);
      for (std::size_t half = step / 2; half > 0; half /= 2) {
        for (std::size_t h = 0; h < half; ++h) sums[g][h] += sums[g][h + half];
      }
      sums[g][0].store_unaligned(scores + j + g * step);
    }
    if (whole < matrix.columns) {
      for (std::size_t h = 0; h < groups * step; ++h) scores[j + h] += rest(keys + h * matrix.row_stride);
    }
  }
  for (; j < matrix.rows; ++j) {
    const float* const key = matrix.data + j * matrix.row_stride;
    Batch sum(0.0f);
    for (std::size_t d = 0; d < whole; d += step) {
      sum = simd::madd(Batch::load_unaligned(row + d), Batch::load_unaligned(key + d), sum);
    }
    scores[j] = xsimd::reduce_add(sum) + rest(key);
  }
}

/// result (columns)[c] = factor Σ_j weights[j] * matrix[j][c], elements of a matrix row side by side.
template <class Arch>
void row_times(const float* weights, const Matrix& matrix, float factor, float* result) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  std::fill_n(result, matrix.columns, 0.0f);
  for (std::size_t first = 0; first < matrix.rows; first += chain) {
    const std::size_t end = std::min(matrix.rows, first + chain);
    std::size_t c = 0;
    const auto columns = [&]<std::size_t registers>() {
      for (; c + registers * step <= matrix.columns; c += registers * step) {
        std::array<Batch, registers> sums;
        sums.fill(Batch(0.0f));
        const float* values = matrix.data + first * matrix.row_stride + c;
        for (std::size_t j = first; j < end; ++j, values += matrix.row_stride) {
          const Batch weight(weights[j]);
          for (std::size_t r = 0; r < registers; ++r) {
            sums[r] = simd::madd(weight, Batch::load_unaligned(values + r * step), sums[r]);
          }
        }
        for (std::size_t r = 0; r < registers; ++r) {
          float* const target = result + c + r * step;
          simd::madd(sums[r], Batch(factor), Batch::load_unaligned(target)).store_unaligned(target);
        }
      }
    };
    columns.template operator()<8>();
    columns.template operator()<1>();
    for (; c < matrix.columns; ++c) {
      float sum = 0;
      for (std::size_t j = first; j < end; ++j) sum += weights[j] * matrix.data[j * matrix.row_stride + c];
      result[c] += sum * factor;
    }
  }
}

/// The same, but a weight of exactly zero skips its row of the matrix, whatever that holds. Slow.
inline void row_times_without_zeros(const float* weights, const Matrix& matrix, float factor, float* result) {
  std::fill_n(result, matrix.columns, 0.0f);
  for (std::size_t j = 0; j < matrix.rows; ++j) {
    if (weights[j] == 0) continue;
    for (std::size_t c = 0; c < matrix.columns; ++c) {
      result[c] += weights[j] * factor * matrix.data[j * matrix.row_stride + c];
    }
  }
}

/// Softmax of one row in units of log 2: scores (padded_row(count)) become 2^(s - maximum), padding included, for which
/// it has to be -inf. Start from maximum and sum as in online_softmax.
template <class Arch>
void softmax_row(float* scores, std::size_t count, float& maximum, float& sum) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  const float before = maximum;
  Batch most(before);
  for (std::size_t j = 0; j < count; j += step) most = xsimd::max(most, Batch::load_aligned(scores + j));
  maximum = xsimd::reduce_max(most);
  const Batch base = exponent_base<Arch>(Batch(maximum));
  Batch total(0.0f);
  for (std::size_t first = 0; first < count; first += chain * step) {
    Batch part(0.0f);
    for (std::size_t j = first; j < std::min(count, first + chain * step); j += step) {
      const Batch weight = simd::exp2(Batch::load_aligned(scores + j) - base);
      weight.store_aligned(scores + j);
      part += weight;
    }
    total += part;
  }
  sum = sum * simd::exp2(Batch(before) - base).get(0) + xsimd::reduce_add(total);
}

}  // namespace headscope::kernels
