#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "headscope/kernels/workspace.hpp"
#include "headscope/status.hpp"

namespace headscope {

/// What a layer computes on the way, copied as it passes by for whoever asked for it.
///
/// A name is the path of the module, as in its state dict, and what it is there: "encoder.layers.0.self_attn.weights".
class Captures {
 public:
  struct Entry {
    std::string name;
    std::vector<std::size_t> shape;
    kernels::Buffer data;  ///< row-major
  };

  /// `wanted` are names; one that ends with "*" stands for all that begin as it does.
  explicit Captures(std::vector<std::string> wanted = {}) : wanted_(std::move(wanted)) {}

  bool wants(std::string_view name) const;

  /// A place for something, or nullptr where nobody wants it. Reports OutOfMemory and TooLarge.
  Result<float*> room(std::string_view name, std::span<const std::size_t> shape);

  /// Copies row-major data where it is wanted.
  Result<void> keep(std::string_view name, std::span<const std::size_t> shape, const float* data);

  /// In the order in which they were computed.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<std::string> wanted_;
  std::vector<Entry> entries_;
};

/// Where one module puts what it captures: under its own path.
class CaptureScope {
 public:
  explicit CaptureScope(Captures& captures, std::string prefix = "")
      : captures_(&captures), prefix_(std::move(prefix)) {}

  CaptureScope of(std::string_view module) const {
    return CaptureScope(*captures_, prefix_ + std::string(module) + ".");
  }

  bool wants(std::string_view own) const { return captures_->wants(prefix_ + std::string(own)); }

  /// @see Captures::room
  Result<float*> room(std::string_view own, std::span<const std::size_t> shape) const {
    return captures_->room(prefix_ + std::string(own), shape);
  }

  /// @see Captures::keep
  Result<void> keep(std::string_view own, std::span<const std::size_t> shape, const float* data) const {
    return captures_->keep(prefix_ + std::string(own), shape, data);
  }

 private:
  Captures* captures_;
  std::string prefix_;
};

}  // namespace headscope
