#pragma once

#include <cstddef>
#include <utility>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// The one inner loop of the project, a sum of outer products:
///
///   tile (Height, lanes)[h][l]  =  sum over k < depth of  left[k * left_stride + h] * right (depth, lanes)[k][l]
///
/// With left a panel of keys and right packed queries it gives transposed scores K Qᵀ; with left the values as they lie
/// and right the transposed weights it gives the transposed output Vᵀ Pᵀ; with left a weight matrix it gives a linear
/// layer. If `accumulate`, the sum is added to what the tile holds, once it is whole: sums of sums keep more digits
/// than one long chain.
template <class Arch, std::size_t Height>
inline void outer_product_tile(const float* left, std::size_t left_stride, const float* right, std::size_t depth,
                               bool accumulate, float* tile) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;

  Batch sum0[Height];
  Batch sum1[Height];
  for (std::size_t h = 0; h < Height; ++h) {
    sum0[h] = sum1[h] = Batch(0.0f);
  }
  for (std::size_t k = 0; k < depth; ++k) {
    const Batch right0 = Batch::load_aligned(right);
    const Batch right1 = Batch::load_aligned(right + step);
    for (std::size_t h = 0; h < Height; ++h) {
      const Batch factor(left[h]);
      sum0[h] = simd::madd(factor, right0, sum0[h]);
      sum1[h] = simd::madd(factor, right1, sum1[h]);
    }
    left += left_stride;
    right += lanes;
  }
  for (std::size_t h = 0; h < Height; ++h) {
    float* const row = tile + h * lanes;
    if (accumulate) {
      sum0[h] += Batch::load_aligned(row);
      sum1[h] += Batch::load_aligned(row + step);
    }
    sum0[h].store_aligned(row);
    sum1[h].store_aligned(row + step);
  }
}

/// The same for any height: full tiles of six rows, then smaller ones for what is left. `left` holds `height`
/// consecutive values per step of k.
template <class Arch>
inline void outer_product(const float* left, std::size_t left_stride, const float* right, std::size_t depth,
                          std::size_t height, bool accumulate, float* result) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  std::size_t h = 0;
  const auto tiles = [&]<std::size_t Height>() {
    for (; h + Height <= height; h += Height) {
      outer_product_tile<Arch, Height>(left + h, left_stride, right, depth, accumulate, result + h * lanes);
    }
  };
  tiles.template operator()<panel_rows>();
  if constexpr (panel_rows > 4) tiles.template operator()<4>();
  tiles.template operator()<2>();
  tiles.template operator()<1>();
}

/// The same, but a weight of exactly zero in `right` skips what it stands before: a forbidden key contributes nothing,
/// whatever it holds. Slow: for the few rows where that makes a difference.
template <class Arch>
inline void outer_product_without_zeros(const float* left, std::size_t left_stride, const float* right,
                                        std::size_t depth, std::size_t height, bool accumulate, float* result) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t h = 0; h < height; ++h) {
    for (std::size_t lane = 0; lane < lanes; lane += Batch::size) {
      Batch sum(0.0f);
      for (std::size_t k = 0; k < depth; ++k) {
        const Batch weight = Batch::load_aligned(right + k * lanes + lane);
        sum = xsimd::select(weight == Batch(0.0f), sum, simd::madd(Batch(left[k * left_stride + h]), weight, sum));
      }
      float* const target = result + h * lanes + lane;
      (accumulate ? Batch::load_aligned(target) + sum : sum).store_aligned(target);
    }
  }
}

}  // namespace headscope::kernels
