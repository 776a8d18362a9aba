#include "headscope/reference/attention.hpp"

#include <algorithm>
#include <cmath>

#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

namespace headscope::reference {

Matrix multiply_transposed(const Matrix& a, const Matrix& b) {
  return xt::sum(xt::view(a, xt::all(), xt::newaxis(), xt::all()) * xt::view(b, xt::newaxis(), xt::all(), xt::all()),
                 {2});
}

Matrix multiply(const Matrix& a, const Matrix& b) { return multiply_transposed(a, xt::transpose(b)); }

Matrix linear(const Matrix& x, const Matrix& weight, const Vector& bias) {
  return multiply_transposed(x, weight) + bias;
}

Matrix distances(std::size_t queries, std::size_t keys, double first_position) {
  const auto p = xt::view(first_position + xt::arange<double>(static_cast<double>(queries)), xt::all(), xt::newaxis());
  const auto j = xt::view(xt::arange<double>(static_cast<double>(keys)), xt::newaxis(), xt::all());
  return p - j;
}

Matrix causal_bias(std::size_t queries, std::size_t keys, double first_position) {
  return xt::where(distances(queries, keys, first_position) < 0.0, -infinity, 0.0);
}

Matrix window_bias(std::size_t queries, std::size_t keys, std::optional<double> left, std::optional<double> right,
                   double first_position) {
  const Matrix before = distances(queries, keys, first_position);
  return xt::where(before <= left.value_or(infinity) && before >= -right.value_or(infinity), 0.0, -infinity);
}

Matrix padding_bias(std::size_t queries, std::size_t keys, double length) {
  return xt::zeros<double>({queries, std::size_t{1}}) +
         xt::where(xt::arange<double>(static_cast<double>(keys)) < length, 0.0, -infinity);
}

Matrix alibi_bias(std::size_t queries, std::size_t keys, double slope, double first_position) {
  return -slope * xt::abs(distances(queries, keys, first_position));
}

Matrix combine(const Matrix& a, const Matrix& b) {
  return xt::where(xt::equal(a, -infinity) || xt::equal(b, -infinity), -infinity, a + b);
}

double default_scale(std::size_t depth) { return depth == 0 ? 1.0 : 1.0 / std::sqrt(static_cast<double>(depth)); }

Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, const HeadOptions& options) {
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

Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, double scale, const Matrix& bias) {
  return attention(query, key, value, HeadOptions{.scale = scale, .bias = bias});
}

Matrix dropout_factors(std::size_t queries, std::size_t keys, double probability, std::uint32_t seed, std::size_t head,
                       std::size_t first_query) {
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

Statistics statistics(const Matrix& weights, double first_position) {
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

Matrix pooled(const Matrix& weights, std::size_t height, std::size_t width, bool largest) {
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

Matrix head_columns(const Matrix& rows, std::size_t heads, std::size_t head) {
  const std::size_t depth = rows.shape()[1] / heads;
  return xt::view(rows, xt::all(), xt::range(head * depth, (head + 1) * depth));
}

Matrix rotary_angles(const Vector& positions, std::size_t dim, double base) {
  const std::size_t pairs = dim / 2;
  const Vector frequencies =
      xt::pow(base, -2.0 * xt::arange<double>(static_cast<double>(pairs)) / static_cast<double>(dim));
  return xt::view(positions, xt::all(), xt::newaxis()) * frequencies;
}

Matrix rotary_embedding(const Matrix& x, const Matrix& cos, const Matrix& sin, bool interleaved) {
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

Vector alibi_slopes(std::size_t heads) {
  std::size_t power = 1;
  while (2 * power <= heads) power *= 2;
  Vector slopes = xt::zeros<double>({heads});
  for (std::size_t h = 0; h < heads; ++h) {
    const double exponent = h < power ? static_cast<double>(h + 1) : (static_cast<double>(2 * (h - power)) + 1) / 2;
    slopes(h) = std::exp2(-8 * exponent / static_cast<double>(power));
  }
  return slopes;
}

Matrix sinusoidal_positions(std::size_t length, std::size_t dim) {
  Matrix positions = xt::zeros<double>({length, dim});
  for (std::size_t column = 0; column < dim; ++column) {
    const double wavelength = std::pow(10000.0, static_cast<double>(column - column % 2) / static_cast<double>(dim));
    const Vector angles = xt::arange<double>(static_cast<double>(length)) / wavelength;
    xt::view(positions, xt::all(), column) = column % 2 == 0 ? Vector(xt::sin(angles)) : Vector(xt::cos(angles));
  }
  return positions;
}

}  // namespace headscope::reference
