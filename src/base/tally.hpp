// SPDX-License-Identifier: Apache-2.0
// What happens too often to be logged each time: counted, and told with a number once in a while.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace xl {

class Tally {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kTellEvery{10};

  /// Counts one more. When it is time to tell: how many have not been told; the first is told at once. Otherwise 0.
  std::size_t add(Clock::time_point now = Clock::now()) {
    ++untold_;
    if (told_ && now - *told_ < kTellEvery) return 0;
    told_ = now;
    return std::exchange(untold_, 0);
  }

 private:
  std::size_t untold_ = 0;
  std::optional<Clock::time_point> told_;
};

}  // namespace xl
