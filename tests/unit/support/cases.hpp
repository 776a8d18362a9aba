#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace headscope::test {

/// A tensor of a recorded case. Bytes of a boolean tensor are 0 or 1.
struct CaseTensor {
  std::string dtype;
  std::vector<std::size_t> shape;
  std::vector<float> values;
  std::vector<std::uint8_t> bytes;
};

/// A recorded case in the format of tests/golden/README.md.
struct Case {
  std::string name;
  std::string op;
  nlohmann::json attributes;
  std::map<std::string, CaseTensor> inputs;
  std::map<std::string, CaseTensor> outputs;
};

inline void PrintTo(const Case& recorded, std::ostream* stream) { *stream << recorded.name; }

inline CaseTensor read_tensor(const std::filesystem::path& folder, const nlohmann::json& description) {
  CaseTensor tensor{.dtype = description.at("dtype"), .shape = description.at("shape"), .values = {}, .bytes = {}};
  std::size_t count = 1;
  for (const std::size_t extent : tensor.shape) count *= extent;
  std::ifstream file(folder / description.at("file").get<std::string>(), std::ios::binary);
  file.seekg(description.at("offset").get<std::streamoff>());
  if (tensor.dtype == "float32") {
    tensor.values.resize(count);
    file.read(reinterpret_cast<char*>(tensor.values.data()), static_cast<std::streamsize>(count * sizeof(float)));
  } else if (tensor.dtype == "bool") {
    tensor.bytes.resize(count);
    file.read(reinterpret_cast<char*>(tensor.bytes.data()), static_cast<std::streamsize>(count));
  }
  return tensor;
}

/// All cases of folder/index.json.
inline std::vector<Case> read_cases(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  std::ifstream index(folder / "index.json");
  for (const auto& description : nlohmann::json::parse(index)) {
    Case recorded{.name = description.at("name"),
                  .op = description.at("op"),
                  .attributes = description.value("attrs", nlohmann::json::object()),
                  .inputs = {},
                  .outputs = {}};
    // Computed tensors, of cases for other operations, have no file.
    const auto read = [&](const char* list, std::map<std::string, CaseTensor>& into) {
      for (const auto& tensor : description.value(list, nlohmann::json::array())) {
        if (tensor.contains("file")) into.emplace(tensor.at("name"), read_tensor(folder, tensor));
      }
    };
    read("inputs", recorded.inputs);
    read("outputs", recorded.outputs);
    cases.push_back(std::move(recorded));
  }
  return cases;
}

}  // namespace headscope::test
