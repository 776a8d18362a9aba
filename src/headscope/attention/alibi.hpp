#pragma once

#include <cstddef>

namespace headscope {

/// The slope of one head of `heads` for linear biases ("Train Short, Test Long", Press et al., 2022): 2^(-8 (h + 1) /
/// n) for a power of two, n. Otherwise the heads beyond the largest power of two in it take every other slope of twice
/// that power, as the authors' code does.
float alibi_slope(std::size_t head, std::size_t heads);

}  // namespace headscope
