#pragma once

#include <cstddef>
#include <limits>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

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
  const Batch infinity(std::numeric_limits<float>::infinity());
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    float* const first = scores + lane;
    float* const last = first + keys * lanes;
    const Batch before = Batch::load_aligned(maximum + lane);
    Batch m = before;
    for (const float* s = first; s != last; s += lanes) m = xsimd::max(m, Batch::load_aligned(s));
    m.store_aligned(maximum + lane);
    // Where every score so far is -inf, subtracting 0 instead makes every weight 2^-inf = 0 rather than 2^(-inf + inf)
    // = NaN.
    const Batch base = xsimd::select(m == -infinity, Batch(0.0f), m);
    const Batch factor = simd::exp2(before - base);
    Batch total = Batch::load_aligned(sum + lane) * factor;
    for (float* s = first; s != last; s += lanes) {
      const Batch weight = simd::exp2(Batch::load_aligned(s) - base);
      weight.store_aligned(s);
      total += weight;
    }
    factor.store_aligned(rescale + lane);
    total.store_aligned(sum + lane);
  }
}

}  // namespace headscope::kernels
