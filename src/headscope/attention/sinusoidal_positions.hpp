#pragma once

#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Sinusoidal positional encoding, positions (length, dim) ("Attention Is All You Need", section 3.5):
///
///   PE(pos, 2i) = sin(pos / 10000^(2i / dim))      PE(pos, 2i + 1) = cos(pos / 10000^(2i / dim))
///
/// With an odd dim the last column is a sine. Row 0 is position `first`.
void sinusoidal_positions(TensorView<float, 2> positions, std::size_t first = 0);

}  // namespace headscope
