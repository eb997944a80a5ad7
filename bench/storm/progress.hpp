// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "tally.hpp"

namespace xl::storm {

/// The line of each second, on standard error: it stays in place on a terminal.
class Progress {
 public:
  void show(int second, std::size_t open, const Tally& tally, Latencies& recent);
  /// A line that stays.
  void say(const char* text);

 private:
  std::uint64_t connects_ = 0, messages_ = 0;
  bool on_line_ = false;
};

}  // namespace xl::storm
