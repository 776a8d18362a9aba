#include "headscope/attention/sinusoidal_positions.hpp"

#include "headscope/attention/position_frequency.hpp"
#include "headscope/attention/sine_cosine.hpp"

namespace headscope {

void sinusoidal_positions(TensorView<float, 2> positions, std::size_t first) {
  const std::size_t length = positions.shape()[0];
  const std::size_t dim = positions.shape()[1];
  const double ratio = frequency_ratio(10000, dim);
  double frequency = 1;
  for (std::size_t column = 0; column < dim; ++column) {
    if (column > 0 && column % 2 == 0) frequency *= ratio;
    for (std::size_t position = 0; position < length; ++position) {
      const auto [sine, cosine] = sine_cosine(static_cast<double>(first + position) * frequency);
      positions(position, column) = static_cast<float>(column % 2 == 0 ? sine : cosine);
    }
  }
}

}  // namespace headscope
