#include <cstdio>

#include <gtest/gtest.h>
#include <xsimd/xsimd.hpp>

namespace {

/// Says with every run which kernels it tested: a green run on the wrong ones would prove nothing.
class PrintArch : public testing::Environment {
 public:
  void SetUp() override {
#if defined(__wasm_relaxed_simd__)
    const char* const flavour = " (relaxed SIMD)";
#else
    const char* const flavour = "";
#endif
    std::printf("Kernels: %s%s\n", xsimd::default_arch::name(), flavour);
    testing::Test::RecordProperty("arch", xsimd::default_arch::name());
  }
};

const auto* const print_arch = testing::AddGlobalTestEnvironment(new PrintArch);

}  // namespace
