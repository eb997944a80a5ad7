// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::quickconnect {

/// Text from a module or the cloud, safe to show: control characters and broken UTF-8 become \xNN, so it cannot move
/// the cursor or forge a line.
std::string printable(std::string_view text);

/// What the steps of the demo tell the person, and how they wait.
class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void say(std::string_view line) = 0;
  /// A line about what goes on now: the next line or progress replaces it.
  virtual void progress(std::string_view line) = 0;
  /// errors: conflict when the person wants to end
  virtual Status wait(std::chrono::milliseconds time) = 0;
};

}  // namespace xl::quickconnect
