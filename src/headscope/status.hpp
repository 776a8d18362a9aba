#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace headscope {

enum class StatusCode {
#define HEADSCOPE_STATUS_CODE(name, meaning) name,
#include "headscope/status_codes.def"
#undef HEADSCOPE_STATUS_CODE
};

constexpr std::string_view status_code_name(StatusCode code) {
  switch (code) {
#define HEADSCOPE_STATUS_CODE(name, meaning) \
  case StatusCode::name:                     \
    return #name;
#include "headscope/status_codes.def"
#undef HEADSCOPE_STATUS_CODE
  }
  return {};
}

/// Why a call was refused: which argument, what was expected of it and what came.
///
/// Its members are out of line: a Result is moved in very many places, and a download should be small.
struct Status {
  StatusCode code{};
  std::string argument;
  std::string expected;
  std::string got;

  Status();
  Status(StatusCode code, std::string_view argument, std::string_view expected, std::string_view got);
  Status(const Status& other);
  Status(Status&& other) noexcept;
  Status& operator=(const Status& other);
  Status& operator=(Status&& other) noexcept;
  ~Status();
};

/// A value, or the reason why there is none. The core never throws, prints or aborts.
template <class T>
using Result = std::expected<T, Status>;

std::unexpected<Status> refuse(StatusCode code, std::string_view argument, std::string_view expected,
                               std::string_view got);

}  // namespace headscope
