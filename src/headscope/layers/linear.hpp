#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "headscope/kernels/packed_weights.hpp"
#include "headscope/kernels/workspace.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// What torch.nn.Linear holds. A projection that is multiplied on the right, Q = X W with W (in, out), is the
/// transposed view of W.
struct LinearParameters {
  TensorView<const float, 2> weight;                    ///< (out, in)
  std::optional<TensorView<const float, 1>> bias = {};  ///< (out)
};

/// y = x Wᵀ + b (torch.nn.Linear). Keeps a packed copy of its parameters.
class Linear {
 public:
  /// `prefix` stands before "weight" and "bias" in messages, as in "query ". Refuses a bias that does not fit and
  /// reports OutOfMemory.
  static Result<Linear> create(const std::string& prefix, const LinearParameters& parameters);

  std::size_t in() const { return in_; }
  std::size_t out() const { return out_; }

  /// For layers that take several products at once.
  kernels::PackedWeights packed() const;

  /// x (n, in) -> y (n, out), whose rows have adjacent elements. `factor` multiplies x.
  Result<void> forward(const TensorView<const float, 2>& x, TensorView<float, 2> y, float factor = 1.0f) const;

 private:
  Linear(std::size_t in, std::size_t out, kernels::Buffer packed) : in_(in), out_(out), packed_(std::move(packed)) {}

  std::size_t in_;
  std::size_t out_;
  kernels::Buffer packed_;  ///< (ceil(out / 6), in, 6), then the bias (round_up(out, 6))
};

}  // namespace headscope
