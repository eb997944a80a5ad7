// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace xl {

/// Wall-clock instants are kept as milliseconds since 1970-01-01T00:00:00Z.
using UnixMillis = std::chrono::sys_time<std::chrono::milliseconds>;

inline UnixMillis wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
inline std::int64_t to_millis(UnixMillis t) { return t.time_since_epoch().count(); }
inline UnixMillis from_millis(std::int64_t millis) { return UnixMillis(std::chrono::milliseconds(millis)); }
/// The control plane speaks seconds with a fraction (1556664000.123).
inline double to_epoch_seconds(UnixMillis t) { return static_cast<double>(to_millis(t)) / 1000.0; }

/// "20260102T030405Z", the form of X-Amz-Date.
std::string iso8601_basic(UnixMillis t);
/// "2026-01-02T03:04:05Z"
std::string iso8601_extended(UnixMillis t);

}  // namespace xl
