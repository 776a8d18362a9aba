#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

/// The mathematics of the project in double, as short xtensor expressions: what the kernels are tested against, and
/// what to read first. Every function returns an evaluated tensor, never a lazy expression over its locals.
namespace headscope::reference {

using Matrix = xt::xtensor<double, 2>;

/// (n, k) x (m, k) -> (n, m):  A Bᵀ
inline Matrix multiply_transposed(const Matrix& a, const Matrix& b) {
  return xt::sum(xt::view(a, xt::all(), xt::newaxis(), xt::all()) * xt::view(b, xt::newaxis(), xt::all(), xt::all()),
                 {2});
}

/// (n, k) x (k, m) -> (n, m):  A B
inline Matrix multiply(const Matrix& a, const Matrix& b) { return multiply_transposed(a, xt::transpose(b)); }

/// y = x Wᵀ + b, as torch.nn.Linear: x (n, in), weight (out, in), bias (out).
inline Matrix linear(const Matrix& x, const Matrix& weight, const xt::xtensor<double, 1>& bias) {
  return multiply_transposed(x, weight) + bias;
}

/// What one head computes.
struct Attention {
  Matrix scores;                       ///< (Lq, Lk)  S = scale Q Kᵀ
  Matrix weights;                      ///< (Lq, Lk)  P = softmax(S + bias)
  Matrix output;                       ///< (Lq, Dv)  O = P V
  xt::xtensor<double, 1> log_sum_exp;  ///< (Lq)
};

/// -inf where query i must not attend to key j > i, else 0.
inline Matrix causal_bias(std::size_t queries, std::size_t keys) {
  const auto i = xt::view(xt::arange<double>(static_cast<double>(queries)), xt::all(), xt::newaxis());
  const auto j = xt::view(xt::arange<double>(static_cast<double>(keys)), xt::newaxis(), xt::all());
  return xt::where(j > i, -std::numeric_limits<double>::infinity(), 0.0);
}

/// 1 / sqrt(D); with D = 0 there is nothing to scale.
inline double default_scale(std::size_t depth) {
  return depth == 0 ? 1.0 : 1.0 / std::sqrt(static_cast<double>(depth));
}

/// softmax(scale Q Kᵀ + bias) V. A forbidden key (bias -inf) contributes nothing, whatever its key and value hold, and
/// a query without any key gets zeros.
inline Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, double scale,
                           const Matrix& bias) {
  const double infinity = std::numeric_limits<double>::infinity();
  const std::size_t queries = query.shape()[0];

  const Matrix scores = scale * multiply_transposed(query, key);
  const Matrix allowed = xt::where(xt::equal(bias, -infinity), 0.0, 1.0);
  const Matrix biased = xt::where(allowed > 0.0, scores + bias, -infinity);

  Attention result{.scores = scores,
                   .weights = xt::zeros_like(scores),
                   .output = xt::zeros<double>({queries, value.shape()[1]}),
                   .log_sum_exp = -infinity * xt::ones<double>({queries})};
  for (std::size_t i = 0; i < queries; ++i) {
    const xt::xtensor<double, 1> row = xt::view(biased, i);
    const xt::xtensor<double, 1> row_allowed = xt::view(allowed, i);
    if (row.size() == 0 || xt::amax(row_allowed)() == 0.0) continue;

    // softmax: subtracting the largest score changes nothing but keeps exp from overflowing.
    const double largest = xt::amax(row)();
    const xt::xtensor<double, 1> exponentials = xt::where(row_allowed > 0.0, xt::exp(row - largest), 0.0);
    const double sum = xt::sum(exponentials)();
    xt::view(result.weights, i) = exponentials / sum;
    result.log_sum_exp(i) = largest + std::log(sum);

    const Matrix weighted = xt::where(xt::view(row_allowed, xt::all(), xt::newaxis()) > 0.0,
                                      xt::view(result.weights, i, xt::all(), xt::newaxis()) * value, 0.0);
    xt::view(result.output, i) = xt::sum(weighted, {0});
  }
  return result;
}

/// Columns h D to (h + 1) D of (L, heads D): what head h sees of a projection.
inline Matrix head_columns(const Matrix& rows, std::size_t heads, std::size_t head) {
  const std::size_t depth = rows.shape()[1] / heads;
  return xt::view(rows, xt::all(), xt::range(head * depth, (head + 1) * depth));
}

/// PE(pos, 2i) = sin(pos / 10000^(2i / dim)), PE(pos, 2i + 1) = cos(pos / 10000^(2i / dim)): (length, dim).
inline Matrix sinusoidal_positions(std::size_t length, std::size_t dim) {
  Matrix positions = xt::zeros<double>({length, dim});
  for (std::size_t column = 0; column < dim; ++column) {
    const double wavelength = std::pow(10000.0, static_cast<double>(column - column % 2) / static_cast<double>(dim));
    const xt::xtensor<double, 1> angles = xt::arange<double>(static_cast<double>(length)) / wavelength;
    xt::view(positions, xt::all(), column) =
        column % 2 == 0 ? xt::xtensor<double, 1>(xt::sin(angles)) : xt::xtensor<double, 1>(xt::cos(angles));
  }
  return positions;
}

}  // namespace headscope::reference
