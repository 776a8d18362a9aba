#include "headscope/status.hpp"

namespace headscope {

Status::Status() = default;
Status::Status(StatusCode code, std::string_view argument, std::string_view expected, std::string_view got)
    : code(code), argument(argument), expected(expected), got(got) {}
Status::Status(const Status& other) = default;
Status::Status(Status&& other) noexcept = default;
Status& Status::operator=(const Status& other) = default;
Status& Status::operator=(Status&& other) noexcept = default;
Status::~Status() = default;

std::unexpected<Status> refuse(StatusCode code, std::string_view argument, std::string_view expected,
                               std::string_view got) {
  return std::unexpected(Status(code, argument, expected, got));
}

}  // namespace headscope
