#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <xtensor/xtensor.hpp>

/// The mathematics of the project in double, as short xtensor expressions in attention.cpp: what the kernels are tested
/// against, and what to read first. Every function returns an evaluated tensor, never a lazy expression over its
/// locals.
///
/// Attention is written for one head. Which key and value head a query head reads, query head h that of
/// floor(h / (Hq / Hkv)), is for the caller to say by what it passes.
namespace headscope::reference {

using Matrix = xt::xtensor<double, 2>;
using Vector = xt::xtensor<double, 1>;

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// (n, k) x (m, k) -> (n, m):  A Bᵀ
Matrix multiply_transposed(const Matrix& a, const Matrix& b);

/// (n, k) x (k, m) -> (n, m):  A B
Matrix multiply(const Matrix& a, const Matrix& b);

/// y = x Wᵀ + b, as torch.nn.Linear: x (n, in), weight (out, in), bias (out).
Matrix linear(const Matrix& x, const Matrix& weight, const Vector& bias);

// --- What is added to the scores: -inf where a query must not attend to a key. Query i stands at first_position + i.
// ---

/// (Lq, Lk)  p - j, how far key j lies before the position p of query i.
Matrix distances(std::size_t queries, std::size_t keys, double first_position = 0);

/// -inf at the keys after the query's position, else 0.
Matrix causal_bias(std::size_t queries, std::size_t keys, double first_position = 0);

/// -inf outside of p - left <= j <= p + right, else 0.
Matrix window_bias(std::size_t queries, std::size_t keys, std::optional<double> left, std::optional<double> right,
                   double first_position = 0);

/// -inf at the keys from `length` on, which are padding, else 0.
Matrix padding_bias(std::size_t queries, std::size_t keys, double length);

/// -slope |p - j| ("Train Short, Test Long", Press et al., 2022).
Matrix alibi_bias(std::size_t queries, std::size_t keys, double slope, double first_position = 0);

/// Both: what one of them forbids stays forbidden, whatever the other one is.
Matrix combine(const Matrix& a, const Matrix& b);

// --- Attention
// --------------------------------------------------------------------------------------------------------

/// 1 / sqrt(D); with D = 0 there is nothing to scale.
double default_scale(std::size_t depth);

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
Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, const HeadOptions& options);

/// The same with a scale and a bias only.
Attention attention(const Matrix& query, const Matrix& key, const Matrix& value, double scale, const Matrix& bias);

/// (Lq, Lk)  1 / (1 - probability) where a weight is kept, else 0, by the law that every implementation repeats bit by
/// bit: a hash of the seed, the head (counted through all batch elements), the query and the key. All of it is
/// arithmetic modulo 2^32.
Matrix dropout_factors(std::size_t queries, std::size_t keys, double probability, std::uint32_t seed, std::size_t head,
                       std::size_t first_query = 0);

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

Statistics statistics(const Matrix& weights, double first_position = 0);

/// (height, width)  the largest or the mean weight under each pixel: pixel (y, x) covers the rows from
/// floor(y rows / height) up to the first of pixel y + 1, at least one, and the columns likewise.
Matrix pooled(const Matrix& weights, std::size_t height, std::size_t width, bool largest);

// --- Positions and heads
// ----------------------------------------------------------------------------------------------

/// Columns h D to (h + 1) D of (L, heads D): what head h sees of a projection.
Matrix head_columns(const Matrix& rows, std::size_t heads, std::size_t head);

/// (L, dim / 2)  p base^(-2f / dim), the angle by which pair f turns at position p ("RoFormer", Su et al., 2021).
Matrix rotary_angles(const Vector& positions, std::size_t dim, double base = 10000);

/// Turns the pairs of the first 2 n columns of x (L, D), cos and sin (L, n): pair f is (x[f], x[f + n]), or
/// (x[2f], x[2f + 1]) where they are interleaved. The other columns stay.
Matrix rotary_embedding(const Matrix& x, const Matrix& cos, const Matrix& sin, bool interleaved);

/// (heads)  the slopes of ALiBi's paper: the geometric sequence from 2^(-8 / n) with that ratio for n heads, n a power
/// of two; for another number of heads those of the power below, then every other one of the power above.
Vector alibi_slopes(std::size_t heads);

/// PE(pos, 2i) = sin(pos / 10000^(2i / dim)), PE(pos, 2i + 1) = cos(pos / 10000^(2i / dim)): (length, dim).
Matrix sinusoidal_positions(std::size_t length, std::size_t dim);

}  // namespace headscope::reference
