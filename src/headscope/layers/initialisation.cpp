#include "headscope/layers/initialisation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "headscope/attention/counter_random.hpp"
#include "headscope/attention/sine_cosine.hpp"
#include "headscope/expect.hpp"
#include "headscope/tensor.hpp"

namespace headscope {
namespace {

/// The random numbers of one parameter: in 32-bit arithmetic, and with FNV-1a of the name's bytes,
///
///   stream = mix(mix(seed) + hash(name))        number(i) = mix(mix(stream + i mod 2^32) + g (i / 2^32 + 1))
class Stream {
 public:
  Stream(std::uint32_t seed, std::string_view name) : start_(mix(mix(seed) + hash(name))) {}

  /// In (0, 1), a multiple of 2^-32 and half of that.
  double uniform(std::uint64_t index) const {
    const auto low = static_cast<std::uint32_t>(index);
    const auto high = static_cast<std::uint32_t>(index >> 32);
    return (mix(mix(start_ + low) + golden_step * (high + 1)) + 0.5) * 0x1p-32;
  }

  /// From N(0, 1), by Box and Muller's method.
  double normal(std::uint64_t index) const {
    const double radius = std::sqrt(-2 * std::log(uniform(2 * index)));
    return radius * sine_cosine(2 * std::numbers::pi * uniform(2 * index + 1)).second;
  }

 private:
  static std::uint32_t hash(std::string_view name) {
    std::uint32_t value = 2166136261u;
    for (const char letter : name) value = (value ^ static_cast<unsigned char>(letter)) * 16777619u;
    return value;
  }

  std::uint32_t start_;
};

struct Fans {
  double in;
  double out;
};

Fans fans_of(std::span<const std::size_t> shape) {
  double field = 1;
  for (const std::size_t extent : shape.subspan(2)) field *= static_cast<double>(extent);
  return {.in = static_cast<double>(shape[1]) * field, .out = static_cast<double>(shape[0]) * field};
}

/// The standard deviation of a scheme's numbers.
double deviation(const Initialisation& how, const Fans& fans) {
  using enum InitialisationScheme;
  switch (how.scheme) {
    case xavier_uniform:
    case xavier_normal:
      return static_cast<double>(how.gain.value_or(1.0f)) * std::sqrt(2 / (fans.in + fans.out));
    case kaiming_uniform:
    case kaiming_normal:
      return (how.gain ? static_cast<double>(*how.gain) : std::numbers::sqrt2) / std::sqrt(fans.in);
    case normal:
      break;
  }
  return static_cast<double>(how.standard_deviation);
}

}  // namespace

Result<void> initialise(std::string_view name, std::span<const std::size_t> shape, const Initialisation& how,
                        float* values) {
  if (auto fits = first_failure(expect_finite("gain", how.gain), expect_finite("mean", how.mean),
                                expect_finite("std", how.standard_deviation));
      !fits) {
    return fits;
  }
  if (how.standard_deviation < 0) {
    return refuse(StatusCode::InvalidArgument, "std", "a number from 0 up", std::to_string(how.standard_deviation));
  }
  const auto count = element_count<float>(shape);
  if (!count) return refuse(StatusCode::TooLarge, name, "addressable memory", shape_text(shape));
  if (shape.size() < 2) {
    std::fill_n(values, *count, name.ends_with("weight") ? 1.0f : 0.0f);
    return {};
  }
  using enum InitialisationScheme;
  const Stream stream(how.seed, name);
  const double sigma = deviation(how, fans_of(shape));
  const bool is_uniform = how.scheme == xavier_uniform || how.scheme == kaiming_uniform;
  // U(-a, a) has the standard deviation a / √3.
  const double bound = std::numbers::sqrt3 * sigma;
  const double mean = how.scheme == normal ? static_cast<double>(how.mean) : 0.0;
  for (std::size_t i = 0; i < *count; ++i) {
    values[i] = static_cast<float>(is_uniform ? bound * (2 * stream.uniform(i) - 1) : mean + sigma * stream.normal(i));
  }
  return {};
}

}  // namespace headscope
