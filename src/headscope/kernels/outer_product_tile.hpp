#pragma once

#include <cstddef>
#include <utility>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// What a weight of exactly zero does with the value that it stands before.
enum class ZeroWeight {
  multiplies,  ///< 0 * value as IEEE says: NaN where the value is NaN or infinite
  skips,       ///< the value is not looked at: a masked key contributes nothing, whatever it holds
};

/// The one inner loop of the project, a sum of outer products:
///
///   tile (Height, lanes)[h][l]  =  sum over k < depth of  left[k * left_stride + h] * right (depth, lanes)[k][l]
///
/// With left a panel of keys and right packed queries it gives transposed scores K Qᵀ; with left the values as they lie
/// and right the transposed weights it gives the transposed output Vᵀ Pᵀ; with left a weight matrix it gives a linear
/// layer. If `accumulate`, the sum is added to what the tile holds, once it is whole: sums of sums keep more digits
/// than one long chain.
template <class Arch, std::size_t Height, ZeroWeight Zero = ZeroWeight::multiplies>
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
      if constexpr (Zero == ZeroWeight::skips) {
        const Batch zero(0.0f);
        sum0[h] = xsimd::select(right0 == zero, sum0[h], simd::madd(factor, right0, sum0[h]));
        sum1[h] = xsimd::select(right1 == zero, sum1[h], simd::madd(factor, right1, sum1[h]));
      } else {
        sum0[h] = simd::madd(factor, right0, sum0[h]);
        sum1[h] = simd::madd(factor, right1, sum1[h]);
      }
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

/// The same for any height: full tiles of six rows, then one for what is left, after() behind each. `left` holds
/// `height` consecutive values per step of k.
template <class Arch, ZeroWeight Zero, class After>
inline void outer_product(const float* left, std::size_t left_stride, const float* right, std::size_t depth,
                          std::size_t height, bool accumulate, float* result, After&& after) {
  constexpr std::size_t lanes = Lanes<Arch>::count;
  std::size_t h = 0;
  const auto tile = [&]<std::size_t Height>() {
    outer_product_tile<Arch, Height, Zero>(left + h, left_stride, right, depth, accumulate, result + h * lanes);
    h += Height;
    after();
  };
  while (h + panel_rows <= height) tile.template operator()<panel_rows>();
  switch (height - h) {
    case 5:
      return tile.template operator()<5>();
    case 4:
      return tile.template operator()<4>();
    case 3:
      return tile.template operator()<3>();
    case 2:
      return tile.template operator()<2>();
    case 1:
      return tile.template operator()<1>();
    default:
      return;
  }
}

}  // namespace headscope::kernels
