#pragma once

#include <cstddef>
#include <numbers>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/activation.hpp"
#include "headscope/simd.hpp"

namespace headscope::kernels {

/// x = elu(x) + 1 for every element: x + 1 above 0, e^x below; NaN stays NaN.
template <class Arch>
void elu_plus_one(float* x, std::size_t count) {
  using Batch = xsimd::batch<float, Arch>;
  transform<Arch>(x, count, [](Batch value) {
    const Batch zero(0.0f);
    const Batch exponential =
        simd::exp2(xsimd::select(value > zero, zero, value * Batch(std::numbers::log2e_v<float>)));
    return xsimd::select(value > zero, value + Batch(1.0f), exponential);
  });
}

/// sums (depth, columns)[d][c] += factors (depth)[d] row (columns)[c]
template <class Arch>
void add_outer_product(const float* factors, std::size_t depth, const float* row, std::size_t columns, float* sums) {
  using Batch = xsimd::batch<float, Arch>;
  for (std::size_t d = 0; d < depth; ++d, sums += columns) {
    const Batch factor(factors[d]);
    std::size_t c = 0;
    for (; c + Batch::size <= columns; c += Batch::size) {
      simd::madd(factor, Batch::load_unaligned(row + c), Batch::load_unaligned(sums + c)).store_unaligned(sums + c);
    }
    for (; c < columns; ++c) sums[c] += factors[d] * row[c];
  }
}

}  // namespace headscope::kernels
