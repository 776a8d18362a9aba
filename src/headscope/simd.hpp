#pragma once

#include <cstdint>

#include <xsimd/xsimd.hpp>

#if defined(__wasm_relaxed_simd__)
#include <wasm_simd128.h>
#endif

/// What xsimd lacks for attention kernels.
namespace headscope::simd {

/// x * y + z in as few instructions as the target has: one with relaxed SIMD or FMA, else a product and a sum.
template <class Arch>
inline xsimd::batch<float, Arch> madd(xsimd::batch<float, Arch> x, xsimd::batch<float, Arch> y,
                                      xsimd::batch<float, Arch> z) {
#if defined(__wasm_relaxed_simd__)
  return xsimd::batch<float, Arch>(wasm_f32x4_relaxed_madd(x, y, z));
#else
  return xsimd::fma(x, y, z);
#endif
}

/// The larger of x and floor, which is no NaN; NaN where x is NaN.
template <class Arch>
inline xsimd::batch<float, Arch> at_least(xsimd::batch<float, Arch> x, xsimd::batch<float, Arch> floor) {
#if defined(__wasm_simd128__)
  return xsimd::max(x, floor);  // f32x4.pmax: one instruction
#else
  return xsimd::select(x < floor, floor, x);
#endif
}

/// 2^x for x <= 1, relative error below 2e-7. NaN stays NaN; below 2^-126 the result is 0, so that exp2(-inf) is
/// exactly 0.
///
/// 2^x = 2^n * 2^f with n = round(x) and f = x - n in [-1/2, 1/2]; 2^f is a polynomial that is exact at 0, so that the
/// largest weight of a row is exactly exp2(0) = 1 before it is normalised.
template <class Arch>
inline xsimd::batch<float, Arch> exp2(xsimd::batch<float, Arch> x) {
  using Batch = xsimd::batch<float, Arch>;
  x = at_least(x, Batch(-127.0f));
  // Adding 1.5 * 2^23 + 127 leaves n + 127, the exponent of 2^n, in the low bits of the sum. For n = -127 it is that of
  // 0.
  const Batch magic(12583039.0f);
  const Batch shifted = x + magic;
  const Batch f = x - (shifted - magic);

  Batch p(0.0013264727f);
  p = madd(p, f, Batch(0.009671513f));
  p = madd(p, f, Batch(0.055507336f));
  p = madd(p, f, Batch(0.24022242f));
  p = madd(p, f, Batch(0.693147f));
  p = madd(p, f, Batch(1.0f));

  // The factor 2^n is multiplied in, rather than added to the exponent's bits, so that a NaN survives whatever its
  // payload.
  return p * xsimd::bitwise_cast<float>(xsimd::bitwise_cast<std::int32_t>(shifted) << 23);
}

/// tanh x, relative error below 5e-7; NaN stays NaN. For |x| < 0.3 the odd series x - x^3/3 + 2 x^5/15 - ..., beyond it
/// (1 - e) / (1 + e) with e = e^-2|x| and the sign of x.
template <class Arch>
inline xsimd::batch<float, Arch> tanh(xsimd::batch<float, Arch> x) {
  using Batch = xsimd::batch<float, Arch>;
  const Batch magnitude = xsimd::abs(x);
  const Batch square = x * x;
  Batch p(0.021869488f);
  p = madd(p, square, Batch(-0.053968254f));
  p = madd(p, square, Batch(0.13333333f));
  p = madd(p, square, Batch(-0.33333333f));
  const Batch near = madd(p * square, x, x);
  const Batch e = exp2(magnitude * Batch(-2.88539008f));
  const Batch far = xsimd::copysign((Batch(1.0f) - e) / (Batch(1.0f) + e), x);
  return xsimd::select(magnitude < Batch(0.3f), near, far);
}

}  // namespace headscope::simd
