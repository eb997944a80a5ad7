// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "module/ports/clock.hpp"

namespace xl::platform {

/// The host's clocks. Its wall clock counts as a time fix when it shows 2024 or later: a board without a battery starts
/// in 1970 or at its image's date until NTP has answered.
class HostClock final : public module::ports::Clock {
 public:
  module::ports::Millis monotonic() const override;
  std::optional<module::ports::Millis> wall() const override;
};

}  // namespace xl::platform
