#pragma once

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include "headscope/status.hpp"

namespace headscope::kernels {

struct FreeAligned {
  void operator()(float* memory) const { ::operator delete[](memory, std::align_val_t{64}); }
};

/// Floats aligned to a cache line, which is as much as any SIMD load needs.
using Buffer = std::unique_ptr<float[], FreeAligned>;

inline Result<Buffer> allocate_floats(std::size_t count) {
  constexpr std::size_t most = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(float);
  void* memory = count > most ? nullptr : ::operator new[](count * sizeof(float), std::align_val_t{64}, std::nothrow);
  if (memory == nullptr) {
    return refuse(StatusCode::OutOfMemory, "memory", std::to_string(count) + " floats of working memory", "none");
  }
  return Buffer(static_cast<float*>(memory));
}

}  // namespace headscope::kernels
