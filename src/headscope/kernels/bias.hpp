#pragma once

#include <cstddef>
#include <limits>
#include <numbers>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"
#include "headscope/simd.hpp"

/// What may happen to scores before the softmax. Scores are in units of log 2: log2(e) times what the formulas say.
namespace headscope::kernels {

/// s = cap tanh(s / cap) for `count` scores, a multiple of the lanes.
template <class Arch>
void softcap(float* scores, std::size_t count, float cap) {
  using Batch = typename Lanes<Arch>::Batch;
  const Batch factor(cap * std::numbers::log2e_v<float>);
  const Batch inverse(1.0f / (cap * std::numbers::log2e_v<float>));
  for (std::size_t i = 0; i < count; i += Batch::size) {
    (simd::tanh(Batch::load_aligned(scores + i) * inverse) * factor).store_aligned(scores + i);
  }
}

/// scores (keys, lanes)[j][l] -= slope |positions[l] - j| (ALiBi); positions count from the first of the keys.
template <class Arch>
void add_alibi(float* scores, std::size_t keys, float slope, const float* positions) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const Batch factor(-slope * std::numbers::log2e_v<float>);
  for (std::size_t j = 0; j < keys; ++j) {
    const Batch key(static_cast<float>(j));
    for (std::size_t lane = 0; lane < lanes; lane += step) {
      float* const s = scores + j * lanes + lane;
      const Batch distance = xsimd::abs(Batch::load_aligned(positions + lane) - key);
      simd::madd(distance, factor, Batch::load_aligned(s)).store_aligned(s);
    }
  }
}

/// scores (keys, lanes) += bias (keys, lanes), if there is one, for the keys from `begin` up to, not including, `end`.
/// A key is forbidden where the bias is -inf and outside firsts (lanes) <= j < ends (lanes): its score becomes -inf
/// whatever it is, NaN included. allowed (lanes) becomes 1 where a row has a key that is not forbidden.
template <class Arch, bool has_bias>
void apply_bias(float* scores, const float* bias, std::size_t begin, std::size_t end, const float* firsts,
                const float* ends, float* allowed) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  const Batch forbidden(-std::numeric_limits<float>::infinity());
  for (std::size_t lane = 0; lane < lanes; lane += step) {
    const Batch first = Batch::load_aligned(firsts + lane);
    const Batch beyond = Batch::load_aligned(ends + lane);
    Batch any = Batch::load_aligned(allowed + lane);
    for (std::size_t j = begin; j < end; ++j) {
      const Batch key(static_cast<float>(j));
      float* const s = scores + j * lanes + lane;
      auto is_forbidden = key < first || key >= beyond;
      Batch score = Batch::load_aligned(s);
      if constexpr (has_bias) {
        const Batch b = Batch::load_aligned(bias + j * lanes + lane);
        is_forbidden = is_forbidden || b == forbidden;
        // A finite bias stays finite: the lowest float, which many use for "almost forbidden", must not turn into -inf.
        score += simd::at_least(b * Batch(std::numbers::log2e_v<float>), Batch(std::numeric_limits<float>::lowest()));
      }
      any = xsimd::select(is_forbidden, any, Batch(1.0f));
      xsimd::select(is_forbidden, forbidden, score).store_aligned(s);
    }
    any.store_aligned(allowed + lane);
  }
}

}  // namespace headscope::kernels
