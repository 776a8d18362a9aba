#pragma once

#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/simd.hpp"

namespace headscope::kernels {

/// x Φ(x) with the cumulative normal distribution Φ ("Gaussian Error Linear Units", Hendrycks and Gimpel, 2016; the
/// exact form, not the tanh approximation), relative error below 2e-6 down to where the result vanishes.
///
/// With z = |x| / √2 and t = 1 / (1 + z / 2), erfc z = t 2^(P(t) - z² log2 e); P is a polynomial fitted to that. Φ(-|x|)
/// is erfc(z) / 2.
template <class Arch>
xsimd::batch<float, Arch> gelu(xsimd::batch<float, Arch> x) {
  using Batch = xsimd::batch<float, Arch>;
  const Batch z = xsimd::abs(x) * Batch(0.70710678f);
  const Batch t = Batch(1.0f) / simd::madd(z, Batch(0.5f), Batch(1.0f));
  Batch p(0.23878030f);
  p = simd::madd(p, t, Batch(-1.14183986f));
  p = simd::madd(p, t, Batch(2.03882122f));
  p = simd::madd(p, t, Batch(-1.48836720f));
  p = simd::madd(p, t, Batch(0.27622172f));
  p = simd::madd(p, t, Batch(-0.20144565f));
  p = simd::madd(p, t, Batch(0.11709578f));
  p = simd::madd(p, t, Batch(0.54421836f));
  p = simd::madd(p, t, Batch(1.44224250f));
  p = simd::madd(p, t, Batch(-1.82572699f));
  const Batch beyond = Batch(0.5f) * t * simd::exp2(p - z * z * Batch(1.44269504f));
  return x * xsimd::select(x < Batch(0.0f), beyond, Batch(1.0f) - beyond);
}

/// max(x, 0); NaN stays NaN.
template <class Arch>
xsimd::batch<float, Arch> relu(xsimd::batch<float, Arch> x) {
  return simd::at_least(x, xsimd::batch<float, Arch>(0.0f));
}

/// values become f(values), an activation of this file such as `gelu<Arch>`.
template <class Arch, class Function>
void activate(float* values, std::size_t count, Function&& f) {
  using Batch = xsimd::batch<float, Arch>;
  std::size_t i = 0;
  for (; i + Batch::size <= count; i += Batch::size) f(Batch::load_unaligned(values + i)).store_unaligned(values + i);
  for (; i < count; ++i) values[i] = f(Batch(values[i])).get(0);
}

}  // namespace headscope::kernels
