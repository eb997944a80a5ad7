// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace xl::gateway {

/// `burst` at once, `per_second` in the long run.
struct Rate {
  double burst, per_second;
};

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;
  explicit TokenBucket(const Rate& rate, Clock::time_point now = Clock::now()) : tokens_(rate.burst), at_(now) {}

  /// Takes one token; false when there is none.
  bool take(const Rate& rate, Clock::time_point now);
  void give_back(const Rate& rate);
  bool is_full(const Rate& rate, Clock::time_point now);
  /// Takes more than there may be; how long the debt lasts.
  std::chrono::milliseconds spend(const Rate& rate, double tokens, Clock::time_point now = Clock::now());

 private:
  void fill(const Rate& rate, Clock::time_point now);
  double tokens_;
  Clock::time_point at_;
};

/// A token bucket for each key.
class Throttle {
 public:
  using Clock = TokenBucket::Clock;
  explicit Throttle(Rate rate) : rate_(rate) {}

  /// Takes a token; false when there is none.
  bool take(std::string_view key, Clock::time_point now = Clock::now());
  void give_back(std::string_view key);
  std::size_t size() const { return buckets_.size(); }

  /// Keys that are remembered at most. Full buckets need no memory; with more than this in use the oldest debts are
  /// forgotten, which is to the benefit of whoever owes.
  static constexpr std::size_t kKeysMax = 100'000;

 private:
  void make_room(Clock::time_point now);

  const Rate rate_;
  std::map<std::string, TokenBucket, std::less<>> buckets_;
};

}  // namespace xl::gateway
