#pragma once

#include <algorithm>
#include <cstddef>
#include <numbers>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/kernels/softmax.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// Sums over the keys of a row, each (lanes), with w_j = 2^(s_j - maximum) not yet normalised.
struct RowSums {
  float* weight;    ///< Σ w
  float* log;       ///< Σ w log2 w
  float* distance;  ///< Σ w |position - j|
};

/// scores (keys, lanes) become the weights w. Positions (lanes) count from the first of the
/// keys.
template <class Arch>
void row_statistics(float* scores, std::size_t keys, const float* maximum, const float* positions,
                    const RowSums& sums) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    const Batch base = exponent_base<Arch>(Batch::load_aligned(maximum + lane));
    const Batch position = Batch::load_aligned(positions + lane);
    Batch weight(0.0f);
    Batch log(0.0f);
    Batch distance(0.0f);
    for (std::size_t first = 0; first < keys; first += chain) {
      Batch weight_part(0.0f);
      Batch log_part(0.0f);
      Batch distance_part(0.0f);
      for (std::size_t j = first; j < std::min(keys, first + chain); ++j) {
        float* const s = scores + j * lanes + lane;
        // 0 log 0 is 0: a weight that is 0 has the logarithm of the smallest that is not.
        const Batch exponent = simd::at_least(Batch::load_aligned(s) - base, Batch(-127.0f));
        const Batch w = simd::exp2(exponent);
        w.store_aligned(s);
        weight_part += w;
        log_part = simd::madd(w, exponent, log_part);
        distance_part = simd::madd(w, xsimd::abs(position - Batch(static_cast<float>(j))), distance_part);
      }
      weight += weight_part;
      log += log_part;
      distance += distance_part;
    }
    weight.store_aligned(sums.weight + lane);
    log.store_aligned(sums.log + lane);
    distance.store_aligned(sums.distance + lane);
  }
}

}  // namespace headscope::kernels
