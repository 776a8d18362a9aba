#pragma once

#include <cstddef>
#include <limits>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// scores (keys, lanes) += bias (keys, lanes). A bias of -inf forbids the key, whatever its score is, NaN included;
/// allowed (lanes) becomes 1 where a row has a key that is not forbidden.
template <class Arch>
void add_bias(float* scores, const float* bias, std::size_t keys, float* allowed) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const Batch forbidden(-std::numeric_limits<float>::infinity());
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    Batch any = Batch::load_aligned(allowed + lane);
    for (std::size_t j = lane; j < keys * lanes + lane; j += lanes) {
      const Batch b = Batch::load_aligned(bias + j);
      const auto is_forbidden = b == forbidden;
      any = xsimd::select(is_forbidden, any, Batch(1.0f));
      xsimd::select(is_forbidden, forbidden, Batch::load_aligned(scores + j) + b).store_aligned(scores + j);
    }
    any.store_aligned(allowed + lane);
  }
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
