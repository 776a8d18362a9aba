#pragma once

#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/simd.hpp"

namespace headscope::kernels {

/// scores (keys)[j] = Σ_h v[h] tanh(query[h] + key (keys, hidden)[j][h]) + bias, with hidden a multiple of a register.
template <class Arch>
void additive_scores(const float* query, const float* key, const float* v, float bias, std::size_t keys,
                     std::size_t hidden, float* scores) {
  using Batch = xsimd::batch<float, Arch>;
  for (std::size_t j = 0; j < keys; ++j, key += hidden) {
    Batch sum(0.0f);
    for (std::size_t h = 0; h < hidden; h += Batch::size) {
      const Batch together = Batch::load_unaligned(query + h) + Batch::load_unaligned(key + h);
      sum = simd::madd(Batch::load_unaligned(v + h), simd::tanh(together), sum);
    }
    scores[j] = xsimd::reduce_add(sum) + bias;
  }
}

}  // namespace headscope::kernels
