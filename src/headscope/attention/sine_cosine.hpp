#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

namespace headscope {

/// sin x and cos x, |error| < 3e-16 for |x| < 2^31, which is as far as positions go; those of an angle beyond 2^32 π/2
/// are 0 and 1, and NaN where it is none. The C library's, right for any double, are 4 KB of the download, most of it
/// for larger angles.
///
/// x = n π/2 + r with |r| <= π/4: three parts of π/2 (Cody and Waite, "Software Manual for the Elementary Functions",
/// 1980) are short enough that their products with n are exact. Then Taylor's series of r.
inline std::pair<double, double> sine_cosine(double x) {
  const double n = std::nearbyint(x * 0.63661977236758134308);
  if (!(std::abs(n) < 0x1p32)) return {x - x, 1 + (x - x)};
  const double r = ((x - n * 0x1.921fbp+0) - n * 0x1.5110bp-22) - n * 0x1.18469898cc517p-44;
  const double square = r * r;
  double sine = 1;
  double cosine = 1;
  for (const double k : {16.0, 14.0, 12.0, 10.0, 8.0, 6.0, 4.0, 2.0}) {
    sine = 1 - square * (1 / (k * (k + 1))) * sine;
    cosine = 1 - square * (1 / (k * (k - 1))) * cosine;
  }
  sine *= r;
  switch (static_cast<std::int64_t>(n) & 3) {
    case 0:
      return {sine, cosine};
    case 1:
      return {cosine, -sine};
    case 2:
      return {-sine, -cosine};
    default:
      return {-cosine, sine};
  }
}

}  // namespace headscope
