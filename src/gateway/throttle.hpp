// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace xl::gateway {

/// A token bucket for each key: `burst` at once, `per_second` in the long run.
class Throttle {
 public:
  using Clock = std::chrono::steady_clock;
  struct Rate {
    double burst, per_second;
  };
  explicit Throttle(Rate rate) : rate_(rate) {}

  /// Takes a token; false when there is none.
  bool take(std::string_view key, Clock::time_point now = Clock::now());
  void give_back(std::string_view key);
  std::size_t size() const { return buckets_.size(); }

  /// Keys that are remembered at most. Full buckets need no memory; with more than this in use the oldest debts are
  /// forgotten, which is to the benefit of whoever owes.
  static constexpr std::size_t kKeysMax = 100'000;

 private:
  struct Bucket {
    double tokens;
    Clock::time_point at;
  };
  void make_room(Clock::time_point now);
  void fill(Bucket& bucket, Clock::time_point now) const;

  const Rate rate_;
  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace xl::gateway
