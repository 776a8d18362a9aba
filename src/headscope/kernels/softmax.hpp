#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// What to subtract from scores whose maximum is m. Where all of them are -inf that is 0, so that every weight is
/// 2^-inf = 0 rather than 2^(-inf + inf) = NaN.
template <class Arch>
xsimd::batch<float, Arch> exponent_base(xsimd::batch<float, Arch> m) {
  using Batch = xsimd::batch<float, Arch>;
  return xsimd::select(m == Batch(-std::numeric_limits<float>::infinity()), Batch(0.0f), m);
}

/// maximum (lanes)[l] = the largest of scores (keys, lanes)[j][l]; -inf where there is none.
template <class Arch>
void largest_scores(const float* scores, std::size_t keys, float* maximum) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  // Each maximum waits for the one before: four of them at a time.
  Batch even0(-std::numeric_limits<float>::infinity());
  Batch even1 = even0;
  Batch odd0 = even0;
  Batch odd1 = even0;
  const float* s = scores;
  for (std::size_t pairs = keys / 2; pairs > 0; --pairs, s += 2 * lanes) {
    even0 = xsimd::max(even0, Batch::load_aligned(s));
    even1 = xsimd::max(even1, Batch::load_aligned(s + step));
    odd0 = xsimd::max(odd0, Batch::load_aligned(s + lanes));
    odd1 = xsimd::max(odd1, Batch::load_aligned(s + lanes + step));
  }
  if (keys % 2 != 0) {
    even0 = xsimd::max(even0, Batch::load_aligned(s));
    even1 = xsimd::max(even1, Batch::load_aligned(s + step));
  }
  xsimd::max(even0, odd0).store_aligned(maximum);
  xsimd::max(even1, odd1).store_aligned(maximum + step);
}

/// Sums are taken of at most so many addends, and then of the sums: a single long chain would lose digits.
inline constexpr std::size_t chain = 258;

/// scores (keys, lanes) become 2^(s - maximum (lanes)), and sum (lanes) their sums.
template <class Arch>
void exponentials(float* scores, std::size_t keys, const float* maximum, float* sum) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const Batch base0 = exponent_base<Arch>(Batch::load_aligned(maximum));
  const Batch base1 = exponent_base<Arch>(Batch::load_aligned(maximum + step));
  Batch total0(0.0f);
  Batch total1(0.0f);
  float* s = scores;
  for (std::size_t first = 0; first < keys; first += chain) {
    Batch part0(0.0f);
    Batch part1(0.0f);
    for (float* const end = scores + std::min(keys, first + chain) * lanes; s != end; s += lanes) {
      const Batch weight0 = simd::exp2(Batch::load_aligned(s) - base0);
      const Batch weight1 = simd::exp2(Batch::load_aligned(s + step) - base1);
      weight0.store_aligned(s);
      weight1.store_aligned(s + step);
      part0 += weight0;
      part1 += weight1;
    }
    total0 += part0;
    total1 += part1;
  }
  total0.store_aligned(sum);
  total1.store_aligned(sum + step);
}

/// One step of the online softmax (Milakov and Gimelshein, 2018) over a block of keys. With s in units of log 2,
///
///   m' = max(m, max_j s_j)     w_j = 2^(s_j - m')     rescale = 2^(m - m')     sum' = sum * rescale + Σ_j w_j
///
/// scores (keys, lanes) become the weights w, not yet normalised; maximum, sum and rescale are (lanes). Start from m =
/// -inf and sum = 0. What was accumulated from the blocks before has to be multiplied by rescale.
template <class Arch>
void online_softmax(float* scores, std::size_t keys, float* maximum, float* sum, float* rescale) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  alignas(64) float before[lanes];
  alignas(64) float block_sum[lanes];
  std::copy_n(maximum, lanes, before);
  largest_scores<Arch>(scores, keys, maximum);
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    const Batch old = Batch::load_aligned(before + lane);
    const Batch m = xsimd::max(old, Batch::load_aligned(maximum + lane));
    m.store_aligned(maximum + lane);
    simd::exp2(old - exponent_base<Arch>(m)).store_aligned(rescale + lane);
  }
  exponentials<Arch>(scores, keys, maximum, block_sum);
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    simd::madd(Batch::load_aligned(sum + lane), Batch::load_aligned(rescale + lane),
               Batch::load_aligned(block_sum + lane))
        .store_aligned(sum + lane);
  }
}

}  // namespace headscope::kernels
