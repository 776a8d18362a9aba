#include "headscope/attention/rotary_embedding.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "headscope/attention/position_frequency.hpp"
#include "headscope/attention/sine_cosine.hpp"
#include "headscope/expect.hpp"
#include "headscope/kernels/workspace.hpp"

namespace headscope {
namespace {

/// Places in a sequence are 32-bit numbers everywhere.
constexpr std::size_t most_position = std::numeric_limits<std::int32_t>::max();

/// The angles of all tokens.
class Rotation {
 public:
  explicit Rotation(const RotaryOptions& options) : options_(options), pairs_(options.dim / 2) {}

  double position(std::size_t batch, std::size_t token) const {
    if (options_.positions) return (*options_.positions)(options_.positions->shape()[0] == 1 ? 0 : batch, token);
    return static_cast<double>(options_.offset) + static_cast<double>(token);
  }

  Result<void> expect_position(double position) const {
    if (!options_.tables || !options_.tables->for_positions) return {};
    const std::size_t positions = options_.tables->cosines.shape()[1];
    if (position >= 0 && position < static_cast<double>(positions)) return {};
    return refuse(StatusCode::InvalidArgument, "positions", "from 0 to less than " + std::to_string(positions),
                  std::to_string(static_cast<long long>(position)));
  }

  /// cosines and sines (dim / 2) of a token.
  void angles(std::size_t batch, std::size_t token, float* cosines, float* sines) const {
    const double where = position(batch, token);
    if (options_.tables) {
      const RotaryTables& tables = *options_.tables;
      const std::size_t row = tables.for_positions ? static_cast<std::size_t>(where) : token;
      const std::size_t plane = tables.for_positions ? 0 : batch;
      for (std::size_t i = 0; i < pairs_; ++i) {
        cosines[i] = tables.cosines(plane, row, i);
        sines[i] = tables.sines(plane, row, i);
      }
      return;
    }
    double frequency = 1;
    for (std::size_t i = 0; i < pairs_; ++i, frequency *= ratio_) {
      const auto [sine, cosine] = sine_cosine(where * frequency);
      cosines[i] = static_cast<float>(cosine);
      sines[i] = static_cast<float>(sine);
    }
  }

 private:
  const RotaryOptions& options_;
  std::size_t pairs_;
  double ratio_ = frequency_ratio(options_.base, options_.dim);
};

Result<void> check(const TensorView<const float, 4>& x, const RotaryOptions& options,
                   const TensorView<float, 4>& output) {
  const auto [batch, heads, length, depth] = Extents<4>{x.shape()};
  if (options.dim % 2 != 0 || options.dim > depth) {
    return refuse(StatusCode::InvalidArgument, "dim", "an even number up to " + std::to_string(depth),
                  std::to_string(options.dim));
  }
  if (!(options.base > 0) || !std::isfinite(static_cast<float>(options.base))) {
    return refuse(StatusCode::InvalidArgument, "base", "a positive number", "another");
  }
  if (options.offset > most_position) {
    return refuse(StatusCode::InvalidArgument, "offset", "at most " + std::to_string(most_position),
                  std::to_string(options.offset));
  }
  auto fits = first_failure(expect_shape("output", output, Extents<4>{batch, heads, length, depth}),
                            expect_adjacent_elements("x", x), expect_adjacent_elements("output", output));
  if (fits && options.positions) {
    fits = expect_broadcastable("positions", *options.positions, Extents<2>{batch, length});
    if (fits) fits = expect_shape("positions", *options.positions, Extents<2>{options.positions->shape()[0], length});
  }
  if (fits && options.tables) {
    const auto& [cosines, sines, for_positions] = *options.tables;
    const std::size_t pairs = options.dim / 2;
    fits = for_positions ? expect_shape("cos", cosines, Extents<3>{1, cosines.shape()[1], pairs})
                         : expect_shape("cos", cosines, Extents<3>{batch, length, pairs});
    if (fits) fits = expect_shape("sin", sines, Extents<3>{cosines.shape()});
  }
  return fits;
}

/// Where the row of a token lies in a tensor (B, H, L, D).
template <class View>
std::ptrdiff_t offset_of(const View& view, std::size_t b, std::size_t h, std::size_t l) {
  const auto& step = view.strides();
  return static_cast<std::ptrdiff_t>(b) * step[0] + static_cast<std::ptrdiff_t>(h) * step[1] +
         static_cast<std::ptrdiff_t>(l) * step[2];
}

}  // namespace

Result<void> rotary_embedding(const TensorView<const float, 4>& x, const RotaryOptions& options,
                              TensorView<float, 4> output) {
  if (auto fits = check(x, options, output); !fits) return fits;
  const auto [batch, heads, length, depth] = Extents<4>{x.shape()};
  const Rotation rotation(options);
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t l = 0; l < length; ++l) {
      if (auto fits = rotation.expect_position(rotation.position(b, l)); !fits) return fits;
    }
  }
  const std::size_t pairs = options.dim / 2;
  auto angles = kernels::allocate_floats(options.dim);
  if (!angles) return std::unexpected(angles.error());
  float* const cosines = angles->get();
  float* const sines = cosines + pairs;
  const std::size_t step = options.interleaved ? 2 : 1;
  const std::size_t apart = options.interleaved ? 1 : pairs;
  for (std::size_t b = 0; b < batch; ++b) {
    for (std::size_t l = 0; l < length; ++l) {
      rotation.angles(b, l, cosines, sines);
      for (std::size_t h = 0; h < heads; ++h) {
        const float* const from = x.data() + offset_of(x, b, h, l);
        float* const to = output.data() + offset_of(output, b, h, l);
        for (std::size_t i = 0; i < pairs; ++i) {
          const float first = from[i * step];
          const float second = from[i * step + apart];
          to[i * step] = first * cosines[i] - second * sines[i];
          to[i * step + apart] = first * sines[i] + second * cosines[i];
        }
        if (to != from) std::copy(from + options.dim, from + depth, to + options.dim);
      }
    }
  }
  return {};
}

}  // namespace headscope
