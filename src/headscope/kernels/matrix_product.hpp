#pragma once

#include <algorithm>
#include <cstddef>

#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/outer_product_tile.hpp"
#include "headscope/kernels/pack.hpp"
#include "headscope/kernels/store_rows.hpp"

namespace headscope::kernels {

/// The right side of a product, packed once and used by every row of the left.
struct PackedWeights {
  const float* panels;  ///< (ceil(out / 6), in, 6), by pack_panels
  const float* bias;    ///< (round_up(out, 6))
  std::size_t in;
  std::size_t out;
};

template <class Arch>
constexpr std::size_t matrix_product_workspace(std::size_t in, std::size_t out) {
  return (in + round_up(out, panel_rows) + 1) * Lanes<Arch>::count;
}

/// y (rows, out)[i][o] = Σ_k factor x (rows, in)[i][k] w (out, in)[o][k] + bias (out)[o], the rows of y y_stride apart.
template <class Arch>
void matrix_product(const Matrix& x, float factor, const PackedWeights& weights, float* y, std::size_t y_stride,
                    float* workspace) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  float* const packed = workspace;
  float* const tile = packed + weights.in * lanes;
  float* const ones = tile + round_up(weights.out, panel_rows) * lanes;
  std::fill_n(ones, lanes, 1.0f);
  for (std::size_t first = 0; first < x.rows; first += lanes) {
    pack_lanes<Arch>(x, first, factor, packed);
    for (std::size_t o = 0; o < weights.out; o += panel_rows) {
      for (std::size_t h = 0; h < panel_rows; ++h) std::fill_n(tile + (o + h) * lanes, lanes, weights.bias[o + h]);
      outer_product_tile<Arch, panel_rows>(weights.panels + o * weights.in, panel_rows, packed, weights.in, true,
                                           tile + o * lanes);
    }
    store_rows<Arch>(tile, weights.out, ones, std::min(lanes, x.rows - first), y + first * y_stride, y_stride);
  }
}

}  // namespace headscope::kernels
