#pragma once

#include <cstddef>

namespace headscope::kernels {

/// The right side of a product, packed once and used by every row of the left.
struct PackedWeights {
  const float* panels;  ///< (ceil(out / 6), in, 6), by pack_panels
  const float* bias;    ///< (round_up(out, 6))
  std::size_t in;
  std::size_t out;
};

}  // namespace headscope::kernels
