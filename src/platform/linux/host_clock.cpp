// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/host_clock.hpp"

namespace xl::platform {

using module::ports::Millis;
using namespace std::chrono_literals;

constexpr auto kOldestBelievable = std::chrono::sys_days(2024y / std::chrono::January / 1);

Millis HostClock::monotonic() const {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
}

std::optional<Millis> HostClock::wall() const {
  const auto now = std::chrono::system_clock::now();
  if (now < kOldestBelievable) return std::nullopt;
  return std::chrono::duration_cast<Millis>(now.time_since_epoch());
}

}  // namespace xl::platform
