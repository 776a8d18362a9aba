#pragma once

#include <cstddef>
#include <span>

#include <xsimd/xsimd.hpp>

#include "headscope/kernels/lanes.hpp"

namespace headscope::kernels {

/// packed (channels, lanes)[c][l] = image (channels, positions)[c][origins[l]]; lanes beyond the last origin are 0.
/// Stands alone, as packed_product does.
template <class Arch>
[[gnu::noinline]] void gather_lanes(const float* image, std::size_t channels, std::size_t positions,
                                    std::span<const std::size_t> origins, float* packed) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  bool adjacent = origins.size() == lanes;
  for (std::size_t l = 1; adjacent && l < lanes; ++l) adjacent = origins[l] == origins[0] + l;
  for (std::size_t c = 0; c < channels; ++c, image += positions, packed += lanes) {
    if (adjacent) {
      Batch::load_unaligned(image + origins[0]).store_aligned(packed);
      Batch::load_unaligned(image + origins[0] + step).store_aligned(packed + step);
    } else {
      for (std::size_t l = 0; l < lanes; ++l) packed[l] = l < origins.size() ? image[origins[l]] : 0.0f;
    }
  }
}

/// The way back: image (channels, positions)[c][l] = strip (channels, lanes)[c][l] for l < count, whose first lane is
/// at `image`.
template <class Arch>
[[gnu::noinline]] void scatter_lanes(const float* strip, std::size_t channels, std::size_t positions, std::size_t count,
                                     float* image) {
  using Batch = typename Lanes<Arch>::Batch;
  constexpr std::size_t step = Lanes<Arch>::per_register;
  constexpr std::size_t lanes = Lanes<Arch>::count;
  for (std::size_t c = 0; c < channels; ++c, image += positions, strip += lanes) {
    if (count == lanes) {
      Batch::load_aligned(strip).store_unaligned(image);
      Batch::load_aligned(strip + step).store_unaligned(image + step);
    } else {
      for (std::size_t l = 0; l < count; ++l) image[l] = strip[l];
    }
  }
}

}  // namespace headscope::kernels
