#include "support/cases.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>

namespace headscope::test {
namespace {

float widened(std::uint16_t half) {
  const float sign = half & 0x8000 ? -1.0f : 1.0f;
  const int exponent = half >> 10 & 31;
  const auto fraction = static_cast<float>(half & 1023);
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25));
}

CaseTensor read_tensor(const std::filesystem::path& folder, const nlohmann::json& description) {
  CaseTensor tensor{
      .dtype = description.at("dtype"), .shape = description.at("shape"), .values = {}, .bytes = {}, .integers = {}};
  std::size_t count = 1;
  for (const std::size_t extent : tensor.shape) count *= extent;
  std::ifstream file(folder / description.at("file").get<std::string>(), std::ios::binary);
  file.seekg(description.at("offset").get<std::streamoff>());
  const auto read = [&]<class Stored, class Kept>(std::vector<Kept>& into, Stored, auto&& convert) {
    std::vector<Stored> stored(count);
    file.read(reinterpret_cast<char*>(stored.data()), static_cast<std::streamsize>(count * sizeof(Stored)));
    std::transform(stored.begin(), stored.end(), std::back_inserter(into), convert);
  };
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  if (tensor.dtype == "float32") read(tensor.values, float(), std::identity());
  if (tensor.dtype == "float16") read(tensor.values, std::uint16_t(), widened);
  if (tensor.dtype == "bool") read(tensor.bytes, std::uint8_t(), std::identity());
  if (tensor.dtype == "int32") read(tensor.integers, std::int32_t(), std::identity());
  if (tensor.dtype == "int64") read(tensor.integers, std::int64_t(), narrow);
  return tensor;
}

}  // namespace

void PrintTo(const Case& recorded, std::ostream* stream) { *stream << recorded.name; }

std::vector<Case> read_cases(const std::filesystem::path& folder) {
  std::vector<Case> cases;
  std::ifstream index(folder / "index.json");
  for (const auto& description : nlohmann::json::parse(index)) {
    Case recorded{.name = description.at("name"),
                  .op = description.at("op"),
                  .attributes = description.value("attrs", nlohmann::json::object()),
                  .inputs = {},
                  .outputs = {},
                  .tolerance = {}};
    if (description.contains("tol")) {
      const auto& tolerance = description.at("tol");
      recorded.tolerance = {.absolute = tolerance.at("atol"), .relative = tolerance.at("rtol")};
    }
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
