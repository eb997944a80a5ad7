// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

namespace xl::api::bulk {

/// Says that there is something to do. Shared, since changes that ring may still be in the writer's queue when whoever
/// listens has gone.
class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    has_rung_ = true;
    rung_.notify_all();
  }
  /// Until it rings, it is time, or a stop is requested; forgets the ring.
  void wait_until(std::chrono::steady_clock::time_point time, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    rung_.wait_until(lock, stop, time, [this] { return has_rung_; });
    has_rung_ = false;
  }
  /// Has it rung since? Forgets the ring.
  bool take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(has_rung_, false);
  }
  /// Rings by itself after a while, unless a stop is requested meanwhile.
  void ring_after(std::chrono::milliseconds while_, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    rung_.wait_for(lock, stop, while_, [] { return false; });
    has_rung_ = true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any rung_;
  bool has_rung_ = false;
};

}  // namespace xl::api::bulk
