// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/time.hpp"

namespace xl::console {

/// Counts failures per key and says when there were too many lately. Memory is bounded. For one thread.
class Throttle {
 public:
  static constexpr int kFailuresMax = 10;
  static constexpr std::chrono::minutes kWindow{1};
  static constexpr std::size_t kKeysMax = 4096;

  explicit Throttle(int failures_max = kFailuresMax) : failures_max_(failures_max) {}

  bool allows(const std::string& key, UnixMillis now) const;
  void note_failure(const std::string& key, UnixMillis now);
  /// It was none after all.
  void forgive(const std::string& key);
  std::size_t size() const { return windows_.size(); }

 private:
  struct Window {
    UnixMillis start{};
    int failures = 0;
  };
  static bool is_over(const Window& window, UnixMillis now) { return now >= window.start + kWindow; }

  const int failures_max_;
  std::unordered_map<std::string, Window> windows_;
};

}  // namespace xl::console
