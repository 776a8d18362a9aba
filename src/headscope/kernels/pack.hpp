#pragma once

#include <algorithm>
#include <cstddef>

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

/// packed (columns, lanes)[c][r] = factor * matrix[first + r][c]; lanes beyond the last row are 0.
template <class Arch>
void pack_lanes(const Matrix& matrix, std::size_t first, float factor, float* packed) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const std::size_t rows = std::min(lanes, matrix.rows - first);
  if (rows < lanes) std::fill_n(packed, matrix.columns * lanes, 0.0f);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* row = matrix.data + (first + r) * matrix.row_stride;
    for (std::size_t c = 0; c < matrix.columns; ++c) packed[c * lanes + r] = factor * row[c * matrix.column_stride];
  }
}

/// packed (ceil(rows / 6), columns, 6)[p][c][r] = matrix[6 p + r][c]; rows beyond the last are 0.
inline void pack_panels(const Matrix& matrix, float* packed) {
  for (std::size_t first = 0; first < matrix.rows; first += panel_rows) {
    const std::size_t rows = std::min(panel_rows, matrix.rows - first);
    if (rows < panel_rows) std::fill_n(packed, matrix.columns * panel_rows, 0.0f);
    for (std::size_t r = 0; r < rows; ++r) {
      const float* row = matrix.data + (first + r) * matrix.row_stride;
      for (std::size_t c = 0; c < matrix.columns; ++c) packed[c * panel_rows + r] = row[c * matrix.column_stride];
    }
    packed += matrix.columns * panel_rows;
  }
}

constexpr std::size_t packed_panels_size(std::size_t rows, std::size_t columns) {
  return round_up(rows, panel_rows) * columns;
}

}  // namespace headscope::kernels
