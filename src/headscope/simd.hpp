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

/// 2^x for x <= 1, relative error below 2e-7. NaN stays NaN; below 2^-126 the result is 0, so that exp2(-inf) is
/// exactly 0.
///
/// 2^x = 2^n * 2^f with n = round(x) and f = x - n in [-1/2, 1/2]; 2^f is a polynomial that is exact at 0, so that the
/// largest weight of a row is exactly exp2(0) = 1 before it is normalised.
template <class Arch>
inline xsimd::batch<float, Arch> exp2(xsimd::batch<float, Arch> x) {
  using Batch = xsimd::batch<float, Arch>;
  using Bits = xsimd::batch<std::int32_t, Arch>;
  // Adding 1.5 * 2^23 leaves round(x) in the low bits of the sum.
  const Batch magic(12582912.0f);
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
  const Bits exponent = (xsimd::bitwise_cast<std::int32_t>(shifted) << 23) + Bits(0x3f800000);
  const Batch power = p * xsimd::bitwise_cast<float>(exponent);
  return xsimd::select(x < Batch(-126.0f), Batch(0.0f), power);
}

}  // namespace headscope::simd
