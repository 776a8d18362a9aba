#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "headscope/kernels/workspace.hpp"
#include "headscope/layers/linear.hpp"
#include "headscope/status.hpp"
#include "headscope/tensor.hpp"

namespace headscope {

/// Parameters under PyTorch's names, as a state_dict() holds them: copies of what was added. It may go as soon as
/// layers have been made from it.
class StateDict {
 public:
  /// data is row-major. Refuses a name that is there already and numbers that are not finite (InvalidArgument), and
  /// reports OutOfMemory.
  Result<void> add(std::string name, std::span<const std::size_t> shape, const float* data);

  bool contains(const std::string& name) const { return tensors_.contains(name); }

  /// How many modules a torch.nn.ModuleList has: one more than the largest i of all names "<prefix><i>.<rest>".
  std::size_t list_size(const std::string& prefix) const;

  /// Refuses a name that is not there (InvalidArgument) and another number of dimensions (InvalidShape).
  template <std::size_t N>
  Result<TensorView<const float, N>> find(const std::string& name) const {
    const auto found = with_rank(name, N);
    if (!found) return std::unexpected(found.error());
    Extents<N> shape;
    for (std::size_t axis = 0; axis < N; ++axis) shape[axis] = (*found)->shape[axis];
    return view_of<const float, N>((*found)->data.get(), shape);
  }

 private:
  struct Entry {
    std::vector<std::size_t> shape;
    kernels::Buffer data;
  };

  Result<const Entry*> with_rank(const std::string& name, std::size_t rank) const;

  std::map<std::string, Entry> tensors_;
};

/// The part of a state dict that belongs to one module: what stands behind its prefix.
class Parameters {
 public:
  /// `prefix` ends with a dot, or is empty for the whole.
  explicit Parameters(const StateDict& tensors, std::string prefix = "")
      : tensors_(&tensors), prefix_(std::move(prefix)) {}

  /// Those of the module that this one has under a name, such as "layers.0" or "self_attn".
  Parameters of(std::string_view module) const { return Parameters(*tensors_, prefix_ + std::string(module) + "."); }

  /// The whole name of a parameter, for messages.
  std::string name(std::string_view own) const { return prefix_ + std::string(own); }

  bool contains(std::string_view own) const { return tensors_->contains(name(own)); }

  /// @see StateDict::list_size
  std::size_t list_size(std::string_view list) const { return tensors_->list_size(name(list) + "."); }

  /// @see StateDict::find
  template <std::size_t N>
  Result<TensorView<const float, N>> find(std::string_view own) const {
    return tensors_->find<N>(name(own));
  }

  /// "weight" (out, in) and, where it is there, "bias" (out) of a torch.nn.Linear under a name. Refuses a weight of
  /// another shape than the extents that are given, and a bias that does not fit (InvalidShape).
  Result<LinearParameters> linear_parameters(std::string_view module, std::optional<std::size_t> out = {},
                                             std::optional<std::size_t> in = {}) const;

  /// The same, as a layer.
  Result<Linear> linear(std::string_view module, std::optional<std::size_t> out = {},
                        std::optional<std::size_t> in = {}) const;

 private:
  const StateDict* tensors_;
  std::string prefix_;
};

}  // namespace headscope
