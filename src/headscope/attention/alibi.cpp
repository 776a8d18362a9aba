#include "headscope/attention/alibi.hpp"

#include <bit>
#include <cmath>

namespace headscope {

float alibi_slope(std::size_t head, std::size_t heads) {
  const std::size_t power = std::bit_floor(heads);
  const float step = head < power ? static_cast<float>(head + 1) : static_cast<float>(head - power) + 0.5f;
  return std::exp2(-8.0f * step / static_cast<float>(power));
}

}  // namespace headscope
