#pragma once

#include <cstddef>

#include "headscope/layers/captures.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

enum class Activation {
  relu,  ///< max(x, 0)
  gelu,  ///< x Φ(x), exactly, as torch's default
};

/// x = f(x) for every element.
void activate(Activation activation, float* x, std::size_t count);

/// y += x for every element.
void add_to(const float* x, std::size_t count, float* y);

/// The position-wise feed-forward network ("Attention Is All You Need", section 3.3):
///
///   y = f(x W1ᵀ + b1) W2ᵀ + b2
class FeedForward {
 public:
  /// From "linear1" (hidden, dim) and "linear2" (dim, hidden) of a module.
  static Result<FeedForward> create(const Parameters& parameters, std::size_t dim, Activation activation);

  std::size_t dim() const { return linear1_.in(); }
  std::size_t hidden_dim() const { return linear1_.out(); }

  /// x (B, L, dim), row-major -> y (B, L, dim). Captures "linear1", "activation" and "linear2".
  Result<void> forward(const TensorView<const float, 3>& x, float* y, const CaptureScope& captures) const;

 private:
  FeedForward(Linear linear1, Linear linear2, Activation activation)
      : linear1_(std::move(linear1)), linear2_(std::move(linear2)), activation_(activation) {}

  Linear linear1_;
  Linear linear2_;
  Activation activation_;
};

}  // namespace headscope
