#pragma once

#include <algorithm>
#include <cstddef>

#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/packed_weights.hpp"
#include "headscope/kernels/store_rows.hpp"

namespace headscope::kernels {

/// Rows of the left side that are packed at a time: with 512 columns a quarter of a megabyte, which a second-level
/// cache holds beside the panels.
inline constexpr std::size_t product_rows = 128;
/// Panels that meet all of these rows before the next ones do, and so much of their depth at a time: they and the lanes
/// of one strip fit in a first-level cache (24 KB and 8 KB).
inline constexpr std::size_t product_panels = 4;
inline constexpr std::size_t product_depth = 256;

/// Floats that matrix_product needs for `rows` rows.
template <class Arch>
constexpr std::size_t matrix_product_workspace(std::size_t rows, std::size_t in) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const std::size_t packed_rows = round_up(std::min(rows, product_rows), lanes);
  return packed_rows * (in + product_panels * panel_rows) + lanes;
}

/// x Wᵀ + b for at most product_rows rows that are packed already (strips, in, lanes). Hands every strip's columns
/// [column, column + columns) over as store(strip, column, columns, tile), tile (columns, lanes).
///
/// tiles has room for (strips, product_panels panel_rows, lanes). Stands alone: in a large function WebAssembly engines
/// give the sums of the inner loop other places than registers.
template <class Arch, class Store>
[[gnu::noinline]] void packed_product(const float* packed, std::size_t strips, const PackedWeights& weights,
                                      float* tiles, Store&& store) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  constexpr std::size_t group_columns = product_panels * panel_rows;
  for (std::size_t column = 0; column < weights.out; column += group_columns) {
    const std::size_t columns = std::min(group_columns, weights.out - column);
    for (std::size_t depth = 0; depth == 0 || depth < weights.in; depth += product_depth) {
      const std::size_t part = std::min(product_depth, weights.in - depth);
      for (std::size_t s = 0; s < strips; ++s) {
        const float* const right = packed + (s * weights.in + depth) * lanes;
        for (std::size_t o = 0; o < columns; o += panel_rows) {
          float* const tile = tiles + (s * group_columns + o) * lanes;
          if (depth == 0) {
            for (std::size_t h = 0; h < panel_rows; ++h) {
              std::fill_n(tile + h * lanes, lanes, weights.bias[column + o + h]);
            }
          }
          outer_product_tile<Arch, panel_rows>(weights.panels + (column + o) * weights.in + depth * panel_rows,
                                               panel_rows, right, part, true, tile);
        }
      }
    }
    for (std::size_t s = 0; s < strips; ++s) store(s, column, columns, tiles + s * group_columns * lanes);
  }
}

/// y (rows, out)[i][o] = Σ_k factor x (rows, in)[i][k] w (out, in)[o][k] + bias (out)[o], the rows of y y_stride apart.
///
/// What becomes of a row does not depend on how many others there are, to the last bit.
template <class Arch>
void matrix_product(const Matrix& x, float factor, const PackedWeights& weights, float* y, std::size_t y_stride,
                    float* workspace) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  static_assert(product_rows % lanes == 0);
  const std::size_t most_rows = round_up(std::min(x.rows, product_rows), lanes);
  float* const packed = workspace;                                      // (strips, in, lanes)
  float* const tiles = packed + most_rows * weights.in;                 // (strips, group's columns, lanes)
  float* const ones = tiles + most_rows * product_panels * panel_rows;  // (lanes)
  std::fill_n(ones, lanes, 1.0f);
  for (std::size_t first = 0; first < x.rows; first += product_rows) {
    const std::size_t rows = std::min(product_rows, x.rows - first);
    const std::size_t strips = (rows + lanes - 1) / lanes;
    for (std::size_t s = 0; s < strips; ++s) {
      pack_lanes<Arch>(x, first + s * lanes, factor, packed + s * lanes * weights.in);
    }
    packed_product<Arch>(packed, strips, weights, tiles,
                         [&](std::size_t s, std::size_t column, std::size_t columns, const float* tile) {
                           store_rows<Arch>(tile, columns, ones, std::min(lanes, rows - s * lanes),
                                            y + (first + s * lanes) * y_stride + column, y_stride);
                         });
  }
}

}  // namespace headscope::kernels
