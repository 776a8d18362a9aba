#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace headscope::test {

/// A tensor of a recorded case, in the list that its dtype names: float32 (float16 is widened) in values, bool as 0 or
/// 1 in bytes, int32 and int64 in integers.
struct CaseTensor {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<float> values;
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> integers;
};

/// How far a result may be from what is expected: absolute + relative |expected|.
struct Tolerance {
  double absolute;
  double relative;
};

/// A recorded case in the format of tests/golden/README.md, or of ONNX's data, where each has a tolerance of its own.
struct Case {
  std::string name;
  std::string op;
  nlohmann::json attributes;
  std::map<std::string, CaseTensor> inputs;
  std::map<std::string, CaseTensor> outputs;
  std::optional<Tolerance> tolerance;

  /// An input that not every case has.
  const CaseTensor* find(const std::string& input) const {
    const auto found = inputs.find(input);
    return found == inputs.end() ? nullptr : &found->second;
  }
};

void PrintTo(const Case& recorded, std::ostream* stream);

/// All cases of folder/index.json.
std::vector<Case> read_cases(const std::filesystem::path& folder);

}  // namespace headscope::test
