#pragma once

#include <cstddef>
#include <numbers>

#include <xsimd/xsimd.hpp>

#include "headscope/simd.hpp"

namespace headscope::kernels {

/// x = f(x) for every element, f from register to register.
template <class Arch, class Function>
void transform(float* x, std::size_t count, Function&& f) {
  using Batch = xsimd::batch<float, Arch>;
  std::size_t i = 0;
  for (; i + Batch::size <= count; i += Batch::size) f(Batch::load_unaligned(x + i)).store_unaligned(x + i);
  for (; i < count; ++i) x[i] = f(Batch(x[i])).get(0);
}

/// max(x, 0); NaN stays NaN.
template <class Arch>
void relu(float* x, std::size_t count) {
  using Batch = xsimd::batch<float, Arch>;
  transform<Arch>(x, count, [](Batch value) { return simd::at_least(value, Batch(0.0f)); });
}

/// x Φ(x) with the normal distribution's Φ ("Gaussian Error Linear Units", Hendrycks and Gimpel, 2016), as torch's GELU
/// without approximation; |error| < 4e-7.
///
///   Φ(-|x|) = exp(-x² / 2) P(t)      t = 1 / (1 + 0.3 |x|)      Φ(|x|) = 1 - Φ(-|x|)
///
/// P is the polynomial of degree 8 with the least relative error (6e-8) for |x| <= 15; beyond, the exponential is 0.
template <class Arch>
void gelu(float* x, std::size_t count) {
  using Batch = xsimd::batch<float, Arch>;
  transform<Arch>(x, count, [](Batch value) {
    const Batch t = Batch(1.0f) / simd::madd(Batch(0.3f), xsimd::abs(value), Batch(1.0f));
    Batch p(0.03842527f);
    p = simd::madd(p, t, Batch(-0.16939418f));
    p = simd::madd(p, t, Batch(0.22913048f));
    p = simd::madd(p, t, Batch(-0.077043414f));
    p = simd::madd(p, t, Batch(0.14290549f));
    p = simd::madd(p, t, Batch(0.09452641f));
    p = simd::madd(p, t, Batch(0.12196039f));
    p = simd::madd(p, t, Batch(0.1194821f));
    p = simd::madd(p, t, Batch(7.494945e-06f));
    const Batch tail = p * simd::exp2(value * value * Batch(-0.5f * std::numbers::log2e_v<float>));
    return value * xsimd::select(value > Batch(0.0f), Batch(1.0f) - tail, tail);
  });
}

/// y += x, element by element.
template <class Arch>
void add(const float* x, std::size_t count, float* y) {
  using Batch = xsimd::batch<float, Arch>;
  std::size_t i = 0;
  for (; i + Batch::size <= count; i += Batch::size) {
    (Batch::load_unaligned(x + i) + Batch::load_unaligned(y + i)).store_unaligned(y + i);
  }
  for (; i < count; ++i) y[i] += x[i];
}

}  // namespace headscope::kernels
