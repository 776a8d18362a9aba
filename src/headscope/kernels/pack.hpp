#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"

namespace headscope::kernels {

/// A matrix anywhere in memory: element (row, column) is data[row * row_stride + column * column_stride].
struct Matrix {
  const float* data;
  std::size_t rows;
  std::size_t columns;
  std::size_t row_stride;
  std::size_t column_stride;
};

/// The transpose of some rows, each column `Width` floats after the one before:
///
///   packed[c * Width + r] = factor * matrix[first + r][c]     for r < Width; rows beyond the last are 0.
///
/// Columns are written in ascending order and in whole registers: a column may spill over into the next ones, which are
/// written afterwards, and the last over `packed_overhang` floats behind the end.
template <class Arch, std::size_t Width>
void pack_transposed(const Matrix& matrix, std::size_t first, float factor, float* packed) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  constexpr std::size_t groups = (Width + step - 1) / step;
  const std::size_t rows = std::min(Width, matrix.rows - first);
  const float* const data = matrix.data + first * matrix.row_stride;
  const Batch scale(factor);
  std::size_t c = 0;
  if (matrix.row_stride == 1 && rows == Width && Width % step == 0) {
    // The transpose is what lies in memory.
    for (; c < matrix.columns; ++c) {
      for (std::size_t r = 0; r < Width; r += step) {
        (Batch::load_unaligned(data + c * matrix.column_stride + r) * scale).store_unaligned(packed + c * Width + r);
      }
    }
  } else if (matrix.column_stride == 1) {
    for (; c + step <= matrix.columns; c += step) {
      std::array<Batch, step> block[groups];
      for (std::size_t r = 0; r < groups * step; ++r) {
        block[r / step][r % step] =
            r < rows ? Batch::load_unaligned(data + r * matrix.row_stride + c) * scale : Batch(0.0f);
      }
      for (auto& group : block) xsimd::transpose(group.data(), group.data() + step);
      for (std::size_t i = 0; i < step; ++i) {
        for (std::size_t g = 0; g < groups; ++g) block[g][i].store_unaligned(packed + (c + i) * Width + g * step);
      }
    }
  }
  for (; c < matrix.columns; ++c) {
    for (std::size_t r = 0; r < Width; ++r) {
      packed[c * Width + r] = r < rows ? factor * data[r * matrix.row_stride + c * matrix.column_stride] : 0.0f;
    }
  }
}

/// Floats behind the end of what is packed that may be written too.
template <class Arch>
inline constexpr std::size_t packed_overhang = xsimd::batch<float, Arch>::size;

/// packed (columns, lanes)[c][r] = factor * matrix[first + r][c]; lanes beyond the last row are 0.
template <class Arch>
void pack_lanes(const Matrix& matrix, std::size_t first, float factor, float* packed) {
  pack_transposed<Arch, Lanes<Arch>::count>(matrix, first, factor, packed);
}

/// packed (ceil(rows / 6), columns, 6)[p][c][r] = matrix[6 p + r][c]; rows beyond the last are 0.
template <class Arch>
void pack_panels(const Matrix& matrix, float* packed) {
  for (std::size_t first = 0; first < matrix.rows; first += panel_rows) {
    pack_transposed<Arch, panel_rows>(matrix, first, 1.0f, packed + first * matrix.columns);
  }
}

/// Room for pack_panels.
template <class Arch>
constexpr std::size_t packed_panels_size(std::size_t rows, std::size_t columns) {
  return round_up(rows, panel_rows) * columns + packed_overhang<Arch>;
}

}  // namespace headscope::kernels
