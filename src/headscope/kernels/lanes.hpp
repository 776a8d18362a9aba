#pragma once

#include <cstddef>

#include <xsimd/xsimd.hpp>

namespace headscope::kernels {

/// The kernels put rows (queries, or the rows of a matrix product's left side) into SIMD lanes, two registers wide:
/// every product, maximum, exponential and sum of a row then stays in its lane, and no sum across lanes is ever needed.
template <class Arch>
struct Lanes {
  using Batch = xsimd::batch<float, Arch>;
  static constexpr std::size_t per_register = Batch::size;
  static constexpr std::size_t count = 2 * per_register;
};

/// Rows of a packed panel. Six rows by two registers are twelve accumulators; with two lane registers and one broadcast
/// they fill the fifteen registers that a WebAssembly engine has on x86-64 without spilling. Without a fused
/// multiply-add every product takes one more for a moment: then four rows are as many as fit.
#if defined(__wasm_simd128__) && !defined(__wasm_relaxed_simd__)
inline constexpr std::size_t panel_rows = 4;
#else
inline constexpr std::size_t panel_rows = 6;
#endif

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace headscope::kernels
