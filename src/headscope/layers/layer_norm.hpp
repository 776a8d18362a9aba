#pragma once

#include <cstddef>
#include <optional>

#include "headscope/kernels/workspace.hpp"
#include "headscope/layers/state_dict.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// What torch.nn.LayerNorm holds; what is missing is 1 and 0.
struct LayerNormParameters {
  std::optional<TensorView<const float, 1>> weight = {};  ///< (dim)
  std::optional<TensorView<const float, 1>> bias = {};    ///< (dim)
};

/// Layer normalisation of rows (Ba et al., 2016; torch.nn.LayerNorm):
///
///   y = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias
///
/// with the variance that divides by dim. Keeps a copy of its parameters.
class LayerNorm {
 public:
  static constexpr float default_epsilon = 1e-5f;

  /// `prefix` stands before "weight" and "bias" in messages. Refuses parameters of another shape than (dim), an epsilon
  /// that is not finite or below 0, and reports OutOfMemory.
  static Result<LayerNorm> create(const std::string& prefix, std::size_t dim, const LayerNormParameters& parameters,
                                  float epsilon = default_epsilon);

  /// From "weight" and, where it is there, "bias" of a module.
  static Result<LayerNorm> create(const Parameters& parameters, std::size_t dim, float epsilon = default_epsilon);

  std::size_t dim() const { return dim_; }

  /// x (n, dim) -> y (n, dim), row-major; may be the same memory.
  void forward(const float* x, std::size_t rows, float* y) const;

  /// The same of views, whose elements lie side by side. Refuses other shapes.
  Result<void> forward(const TensorView<const float, 2>& x, TensorView<float, 2> y) const;

 private:
  LayerNorm(std::size_t dim, float epsilon, kernels::Buffer affine)
      : dim_(dim), epsilon_(epsilon), affine_(std::move(affine)) {}

  std::size_t dim_;
  float epsilon_;
  kernels::Buffer affine_;  ///< weight (dim), then bias (dim)
};

}  // namespace headscope
