#include "headscope/attention/sinusoidal_positions.hpp"

#include <cmath>

namespace headscope {

void sinusoidal_positions(TensorView<float, 2> positions) {
  const std::size_t length = positions.shape()[0];
  const std::size_t dim = positions.shape()[1];
  for (std::size_t column = 0; column < dim; ++column) {
    const std::size_t pair = column / 2;
    const double exponent = static_cast<double>(2 * pair) / static_cast<double>(dim);
    const double frequency = std::pow(10000.0, -exponent);
    for (std::size_t position = 0; position < length; ++position) {
      const double angle = static_cast<double>(position) * frequency;
      positions(position, column) = static_cast<float>(column % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
}

}  // namespace headscope
