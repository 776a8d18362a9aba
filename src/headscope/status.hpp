#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

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
struct Status {
  StatusCode code;
  std::string argument;
  std::string expected;
  std::string got;
};

/// A value, or the reason why there is none. The core never throws, prints or aborts.
template <class T>
using Result = std::expected<T, Status>;

inline std::unexpected<Status> refuse(StatusCode code, std::string argument, std::string expected, std::string got) {
  return std::unexpected(Status{code, std::move(argument), std::move(expected), std::move(got)});
}

}  // namespace headscope
