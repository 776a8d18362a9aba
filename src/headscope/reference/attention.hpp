#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

/// The mathematics of the project in double, as short xtensor expressions: what the kernels are tested against, and
/// what to read first. Every function returns an evaluated tensor, never a lazy expression over its locals.
///
/// Attention is written for one head. Which key and value head a query head reads, query head h that of
/// floor(h / (Hq / Hkv)), is for the caller to say by what it passes.
namespace headscope::reference {

using Matrix = xt::xtensor<double, 2>;
using Vector = xt::xtensor<double, 1>;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// (n, k) x (m, k) -> (n, m):  A Bᵀ
inline Matrix multiply_transposed(const Matrix& a, const Matrix& b) {
  return xt::sum(xt::view(a, xt::all(), xt::newaxis(), xt::all()) * xt::view(b, xt::newaxis(), xt::all(), xt::all()),
                 {2});
}

/// (n, k) x (k, m) -> (n, m):  A B
inline Matrix multiply(const Matrix& a, const Matrix& b) { return multiply_transposed(a, xt::transpose(b)); }

/// y = x Wᵀ + b, as torch.nn.Linear: x (n, in), weight (out, in), bias (out).
inline Matrix linear(const Matrix& x, const Matrix& weight, const Vector& bias) {
  return multiply_transposed(x, weight) + bias;
}

// --- What is added to the scores: -inf where a query must not attend to a key. Query i stands at first_position + i.
// ---

/// (Lq, Lk)  p - j, how far key j lies before the position p of query i.
inline Matrix distances(std::size_t queries, std::size_t keys, double first_position = 0) {
  const auto p = xt::view(first_position + xt::arange<double>(static_cast<double>(queries)), xt::all(), xt::newaxis());
  const auto j = xt::view(xt::arange<double>(static_cast<double>(keys)), xt::newaxis(), xt::all());
  return p - j;
}

/// -inf at the keys after the query's position, else 0.
inline Matrix causal_bias(std::size_t queries, std::size_t keys, double first_position = 0) {
  return xt::where(distances(queries, keys, first_position) < 0.0, -infinity, 0.0);
}

/// -inf outside of p - left <= j <= p + right, else 0.
inline Matrix window_bias(std::size_t queries, std::size_t keys, std::optional<double> left,
                          std::optional<double> right, double first_position = 0) {
  const Matrix before = distances(queries, keys, first_position);
  return xt::where(before <= left.value_or(infinity) && before >= -right.value_or(infinity), 0.0, -infinity);
}

/// -inf at the keys from `length` on, which are padding, else 0.
inline Matrix padding_bias(std::size_t queries, std::size_t keys, double length) {
  return xt::zeros<double>({queries, std::size_t{1}}) +
         xt::where(xt::arange<double>(static_cast<double>(keys)) < length, 0.0, -infinity);
}

/// -slope |p - j| ("Train Short, Test Long", Press et al., 2022).
inline Matrix alibi_bias(std::size_t queries, std::size_t keys, double slope, double first_position = 0) {
  return -slope * xt::abs(distances(queries, keys, first_position));
}

/// Both: what one of them forbids stays forbidden, whatever the other one is.
inline Matrix combine(const Matrix& a, const Matrix& b) {
  return xt::where(xt::equal(a, -infinity) || xt::equal(b, -infinity), -infinity, a + b);
}

// --- Attention
// --------------------------------------------------------------------------------------------------------

/// 1 / sqrt(D); with D = 0 there is nothing to scale.
inline double default_scale(std::size_t depth) {
  return depth == 0 ? 1.0 : 1.0 / std::sqrt(static_cast<double>(depth));
}

struct HeadOptions {
  double scale = 1;
  double softcap = 0;                  ///< c tanh(s / c); 0 for none
  Matrix bias;                         ///< (Lq, Lk)
  double sink = -infinity;             ///< a score of no key; -inf for none
  std::optional<Matrix> dropout = {};  ///< (Lq, Lk), what the weights are multiplied with
};

/// What one head computes, step by step.
struct Attention {
  Matrix scores;         ///< (Lq, Lk)  S = scale Q Kᵀ
  Matrix softcapped;     ///< (Lq, Lk)  softcap tanh(S / softcap)
  Matrix biased;         ///< (Lq, Lk)  + bias; -inf where forbidden, whatever the score is
  Matrix probabilities;  ///< (Lq, Lk)  softmax over the keys and the sink
  Matrix weights;        ///< (Lq, Lk)  P, after dropout
  Matrix output;         ///< (Lq, Dv)  O = P V
  Vector log_sum_exp;    ///< (Lq), of the keys and the sink
};

/// softmax(softcap(scale Q Kᵀ) + bias) V. A forbidden key (bias -inf) contributes nothing, whatever its key and value
/// hold. A query without any key gets zeros, and -inf for the log-sum-exp, also beside a sink.
inline Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, const HeadOptions& options) {
  const std::size_t queries = query.shape()[0];

  const Matrix scores = options.scale * multiply_transposed(query, key);
  const Matrix softcapped = options.softcap > 0 ? Matrix(options.softcap * xt::tanh(scores / options.softcap)) : scores;
  const Matrix allowed = xt::where(xt::equal(options.bias, -infinity), 0.0, 1.0);
  const Matrix biased = xt::where(allowed > 0.0, softcapped + options.bias, -infinity);

  Attention result{.scores = scores,
                   .softcapped = softcapped,
                   .biased = biased,
                   .probabilities = xt::zeros_like(scores),
                   .weights = xt::zeros_like(scores),
                   .output = xt::zeros<double>({queries, value.shape()[1]}),
                   .log_sum_exp = -infinity * xt::ones<double>({queries})};
  for (std::size_t i = 0; i < queries; ++i) {
    const Vector row = xt::view(biased, i);
    const Vector row_allowed = xt::view(allowed, i);
    if (row.size() == 0 || xt::amax(row_allowed)() == 0.0) continue;

    // softmax: subtracting the largest score changes nothing but keeps exp from overflowing.
    const double largest = std::max(xt::amax(row)(), options.sink);
    const Vector exponentials = xt::where(row_allowed > 0.0, xt::exp(row - largest), 0.0);
    const double sum = xt::sum(exponentials)() + std::exp(options.sink - largest);
    xt::view(result.probabilities, i) = exponentials / sum;
    result.log_sum_exp(i) = largest + std::log(sum);
  }
  result.weights = options.dropout ? Matrix(result.probabilities * *options.dropout) : result.probabilities;
  for (std::size_t i = 0; i < queries; ++i) {
    const auto row_allowed = xt::view(allowed, i, xt::all(), xt::newaxis());
    const Matrix weighted =
        xt::where(row_allowed > 0.0, xt::view(result.weights, i, xt::all(), xt::newaxis()) * value, 0.0);
    xt::view(result.output, i) = xt::sum(weighted, {0});
  }
  return result;
}

/// The same with a scale and a bias only.
inline Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, double scale,
                           const Matrix& bias) {
  return attention(query, key, value, HeadOptions{.scale = scale, .bias = bias});
}

/// (Lq, Lk)  1 / (1 - probability) where a weight is kept, else 0, by the law that every implementation repeats bit by
/// bit: a hash of the seed, the head (counted through all batch elements), the query and the key. All of it is
/// arithmetic modulo 2^32.
inline Matrix dropout_factors(std::size_t queries, std::size_t keys, double probability, std::uint32_t seed,
                              std::size_t head, std::size_t first_query = 0) {
  const auto mix = [](std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
  };
  const auto step = [](std::size_t index) { return 0x9e3779b9u * (static_cast<std::uint32_t>(index) + 1); };
  const double threshold = std::floor(probability * 0x1p32);
  Matrix factors = xt::zeros<double>({queries, keys});
  for (std::size_t i = 0; i < queries; ++i) {
    const std::uint32_t row = mix(mix(seed ^ step(head)) + static_cast<std::uint32_t>(first_query + i));
    for (std::size_t j = 0; j < keys; ++j) {
      if (mix(row + step(j)) >= threshold) factors(i, j) = 1 / (1 - probability);
    }
  }
  return factors;
}

// --- What is looked at in the weights of a head
// -----------------------------------------------------------------------

/// Averages over the rows that attend to anything; query i stands at first_position + i.
struct Statistics {
  double entropy = 0;         ///< -Σ w ln w of a row, in nats
  double mean_distance = 0;   ///< Σ w |p - j|
  double first_key = 0;       ///< weight of key 0
  double diagonal = 0;        ///< weight of the key at the query's own position p
  double previous_token = 0;  ///< weight of the key before it
};

inline Statistics statistics(const Matrix& weights, double first_position = 0) {
  const std::size_t queries = weights.shape()[0];
  const Matrix before = distances(queries, weights.shape()[1], first_position);
  const auto attending = static_cast<double>(xt::sum(xt::sum(weights, {1}) > 0.0)());
  if (attending == 0) return {};
  const auto mean = [&](const Matrix& of_weights) { return xt::sum(of_weights)() / attending; };
  return {.entropy = mean(xt::where(weights > 0.0, -weights * xt::log(weights), 0.0)),
          .mean_distance = mean(weights * xt::abs(before)),
          .first_key = mean(xt::view(weights, xt::all(), xt::range(0, 1))),
          .diagonal = mean(xt::where(xt::equal(before, 0.0), weights, 0.0)),
          .previous_token = mean(xt::where(xt::equal(before, 1.0), weights, 0.0))};
}

/// (height, width)  the largest or the mean weight under each pixel: pixel (y, x) covers the rows from
/// floor(y rows / height) up to the first of pixel y + 1, at least one, and the columns likewise.
inline Matrix pooled(const Matrix& weights, std::size_t height, std::size_t width, bool largest) {
  const auto cells = [](std::size_t pixel, std::size_t pixels, std::size_t count) {
    const std::size_t first = pixel * count / pixels;
    return xt::range(first, std::max(first + 1, (pixel + 1) * count / pixels));
  };
  Matrix picture = xt::zeros<double>({height, width});
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const Matrix covered =
          xt::view(weights, cells(y, height, weights.shape()[0]), cells(x, width, weights.shape()[1]));
      picture(y, x) = largest ? xt::amax(covered)() : xt::mean(covered)();
    }
  }
  return picture;
}

// --- Positions and heads
// ----------------------------------------------------------------------------------------------

/// Columns h D to (h + 1) D of (L, heads D): what head h sees of a projection.
inline Matrix head_columns(const Matrix& rows, std::size_t heads, std::size_t head) {
  const std::size_t depth = rows.shape()[1] / heads;
  return xt::view(rows, xt::all(), xt::range(head * depth, (head + 1) * depth));
}

/// (L, dim / 2)  p base^(-2f / dim), the angle by which pair f turns at position p ("RoFormer", Su et al., 2021).
inline Matrix rotary_angles(const Vector& positions, std::size_t dim, double base = 10000) {
  const Vector frequencies =
      xt::pow(base, -2.0 * xt::arange<double>(static_cast<double>(dim / 2)) / static_cast<double>(dim));
  return xt::view(positions, xt::all(), xt::newaxis()) * frequencies;
}

/// Turns the pairs of the first 2 n columns of x (L, D), cos and sin (L, n): pair f is (x[f], x[f + n]), or
/// (x[2f], x[2f + 1]) where they are interleaved. The other columns stay.
inline Matrix rotary_embedding(const Matrix& x, const Matrix& cos, const Matrix& sin, bool interleaved) {
  const std::size_t pairs = cos.shape()[1];
  const auto elements = [&](std::size_t of_pair) {
    return interleaved ? xt::range(of_pair, 2 * pairs, std::size_t{2})
                       : xt::range(of_pair * pairs, (of_pair + 1) * pairs, std::size_t{1});
  };
  const Matrix real = xt::view(x, xt::all(), elements(0));
  const Matrix imaginary = xt::view(x, xt::all(), elements(1));
  Matrix turned = x;
  xt::view(turned, xt::all(), elements(0)) = real * cos - imaginary * sin;
  xt::view(turned, xt::all(), elements(1)) = real * sin + imaginary * cos;
  return turned;
}

/// (heads)  the slopes of ALiBi's paper: the geometric sequence from 2^(-8 / n) with that ratio for n heads, n a power
/// of two; for another number of heads those of the power below, then every other one of the power above.
inline Vector alibi_slopes(std::size_t heads) {
  std::size_t power = 1;
  while (2 * power <= heads) power *= 2;
  Vector slopes = xt::zeros<double>({heads});
  for (std::size_t h = 0; h < heads; ++h) {
    const double exponent = h < power ? static_cast<double>(h + 1) : (static_cast<double>(2 * (h - power)) + 1) / 2;
    slopes(h) = std::exp2(-8 * exponent / static_cast<double>(power));
  }
  return slopes;
}

/// PE(pos, 2i) = sin(pos / 10000^(2i / dim)), PE(pos, 2i + 1) = cos(pos / 10000^(2i / dim)): (length, dim).
inline Matrix sinusoidal_positions(std::size_t length, std::size_t dim) {
  Matrix positions = xt::zeros<double>({length, dim});
  for (std::size_t column = 0; column < dim; ++column) {
    const double wavelength = std::pow(10000.0, static_cast<double>(column - column % 2) / static_cast<double>(dim));
    const Vector angles = xt::arange<double>(static_cast<double>(length)) / wavelength;
    xt::view(positions, xt::all(), column) = column % 2 == 0 ? Vector(xt::sin(angles)) : Vector(xt::cos(angles));
  }
  return positions;
}

}  // namespace headscope::reference
