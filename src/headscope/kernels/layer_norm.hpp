#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <xsimd/xsimd.hpp>

#include "headscope/simd.hpp"

namespace headscope::kernels {

/// Σ f(x[c]) over a row of `count`. Four registers of sums: a single long chain would lose digits.
template <class Arch, class Function>
float row_sum(const float* x, std::size_t count, Function&& f) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  std::array<Batch, 4> sums;
  sums.fill(Batch(0.0f));
  std::size_t c = 0;
  for (; c + sums.size() * step <= count; c += sums.size() * step) {
    for (std::size_t r = 0; r < sums.size(); ++r) sums[r] += f(Batch::load_unaligned(x + c + r * step));
  }
  for (; c + step <= count; c += step) sums[0] += f(Batch::load_unaligned(x + c));
  float sum = xsimd::reduce_add((sums[0] + sums[1]) + (sums[2] + sums[3]));
  for (; c < count; ++c) sum += f(Batch(x[c])).get(0);
  return sum;
}

/// What layer normalisation multiplies and adds, each (dim).
struct Affine {
  const float* weight;
  const float* bias;
};

/// y (dim) of one row x (dim); they may be the same memory.
///
///   y = (x - mean) / sqrt(variance + epsilon) * weight + bias        variance = Σ (x - mean)² / dim
///
/// In two passes: the variance is not a difference of large numbers.
template <class Arch>
void layer_norm_row(const float* x, std::size_t dim, float epsilon, const Affine& affine, float* y) {
  using Batch = xsimd::batch<float, Arch>;
  constexpr std::size_t step = Batch::size;
  const auto count = static_cast<float>(dim);
  const Batch mean(row_sum<Arch>(x, dim, [](Batch value) { return value; }) / count);
  const float variance = row_sum<Arch>(x, dim, [&](Batch value) { return (value - mean) * (value - mean); }) / count;
  const Batch factor(1.0f / std::sqrt(variance + epsilon));
  std::size_t c = 0;
  for (; c + step <= dim; c += step) {
    const Batch normal = (Batch::load_unaligned(x + c) - mean) * factor;
    simd::madd(normal, Batch::load_unaligned(affine.weight + c), Batch::load_unaligned(affine.bias + c))
        .store_unaligned(y + c);
  }
  for (; c < dim; ++c) y[c] = (x[c] - mean.get(0)) * factor.get(0) * affine.weight[c] + affine.bias[c];
}

}  // namespace headscope::kernels
