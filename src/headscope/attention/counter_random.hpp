#pragma once

#include <cstdint>

namespace headscope {

/// A permutation of the 32-bit numbers that leaves no pattern (Wellons' "lowbias32"): what it makes of a counter is as
/// good as random, in whatever order it is asked.
constexpr std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  return x ^ (x >> 16);
}

/// 2^32 over the golden ratio: multiples of it lie far apart.
inline constexpr std::uint32_t golden_step = 0x9e3779b9;

}  // namespace headscope
