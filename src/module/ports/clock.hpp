// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <optional>

namespace xl::module::ports {

using Millis = std::chrono::milliseconds;

class Clock {
 public:
  /// Since an arbitrary start; never goes back; stands still only in sleep.
  virtual Millis monotonic() const = 0;
  /// Since 1970-01-01T00:00:00Z; nullopt while the module has no recent time fix (ERR15).
  virtual std::optional<Millis> wall() const = 0;

 protected:
  ~Clock() = default;
};

}  // namespace xl::module::ports
