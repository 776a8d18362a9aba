#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "headscope/status.hpp"

namespace headscope {

/// How parameters begin, as torch.nn.init has it. For a tensor (out, in, ...), fan_in = in · ... and fan_out = out ·
/// ... with the product of the dimensions behind the second.
enum class InitialisationScheme {
  xavier_uniform,   ///< U(-a, a), a = gain √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010, equation 16)
  xavier_normal,    ///< N(0, σ²), σ = gain √(2 / (fan_in + fan_out))
  kaiming_uniform,  ///< U(-a, a), a = gain √(3 / fan_in) (He et al., 2015, equation 14)
  kaiming_normal,   ///< N(0, σ²), σ = gain / √fan_in
  normal,           ///< N(mean, standard_deviation²)
};

struct Initialisation {
  InitialisationScheme scheme = InitialisationScheme::xavier_uniform;
  std::uint32_t seed = 0;
  /// 1 for Xavier and √2 for Kaiming (before ReLU) where it is not given. No part of `normal`.
  std::optional<float> gain = {};
  float mean = 0;                ///< of `normal`
  float standard_deviation = 1;  ///< of `normal`
};

/// Fills a row-major parameter of that name and shape.
///
/// Every element has a random number of its own that depends on the seed, the parameter's name and the element's index
/// alone: neither order nor other parameters change it. Parameters of fewer than two dimensions have no fans: they
/// become 1 where their name ends with "weight" (the scale of a normalisation), else 0 (biases), whatever the scheme.
///
/// Refuses a gain, mean or standard deviation that is not finite, and a negative one of the last (InvalidArgument).
Result<void> initialise(std::string_view name, std::span<const std::size_t> shape, const Initialisation& how,
                        float* values);

}  // namespace headscope
