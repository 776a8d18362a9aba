#pragma once

#include <cmath>
#include <cstddef>

namespace headscope {

/// base^(-2 / dim): what each pair of columns' frequency is divided by for the next ("Attention Is All You Need",
/// section 3.5). Positions are multiplied with it, so it is right to the last bits of a double. Newton's method takes
/// it there from a float; std::pow would bring 6 KB of tables that do not compress into the download.
inline double frequency_ratio(double base, std::size_t dim) {
  const auto power = [](double factor, std::size_t exponent) {
    double product = 1;
    for (; exponent > 0; exponent >>= 1, factor *= factor) {
      if ((exponent & 1) != 0) product *= factor;
    }
    return product;
  };
  const double columns = static_cast<double>(dim);
  double ratio = std::exp2(-2.0f / static_cast<float>(dim) * std::log2(static_cast<float>(base)));
  for (int step = 0; step < 3; ++step) ratio += ratio * (1 - base * base * power(ratio, dim)) / columns;
  return ratio;
}

}  // namespace headscope
