// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <array>
#include <ctime>

namespace xl {

namespace {

std::string format(UnixMillis t, const char* form) {
  // The system clock counts nanoseconds and ends in 2262; certificates do not.
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), form, &parts);
  return {text.data(), length};
}

}  // namespace

std::string iso8601_basic(UnixMillis t) { return format(t, "%Y%m%dT%H%M%SZ"); }
std::string iso8601_extended(UnixMillis t) { return format(t, "%Y-%m-%dT%H:%M:%SZ"); }

}  // namespace xl
