#pragma once

#include <gtest/gtest.h>
#include <xsimd/xsimd.hpp>

namespace headscope::test {

/// Kernels are templates on the architecture: they are tested on the one that the build uses and, on x86, on the
/// narrowest too.
#if defined(__x86_64__)
using Arches = testing::Types<xsimd::default_arch, xsimd::sse2>;
#else
using Arches = testing::Types<xsimd::default_arch>;
#endif

}  // namespace headscope::test
