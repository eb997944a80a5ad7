// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "cloud/model/limits.hpp"
#include "gateway/throttle.hpp"

namespace xl::gateway {

/// What the devices of an account do together (docs/security.md "Throttles"), with the limits that the account has at
/// that moment.
class AccountMeter {
 public:
  using Limits = cloud::limits::AccountLimits;
  using Limit = cloud::limits::Limit;

  /// One of so many gateway processes, each of which allows its part.
  explicit AccountMeter(std::size_t processes) : processes_(processes) {}

  bool may_connect(std::string_view account, const Limits& limits) {
    return take(connects_, limits[Limit::account_connects_per_second], account);
  }
  bool may_subscribe(std::string_view account, const Limits& limits) {
    return take(subscribes_, limits[Limit::account_subscribes_per_second], account);
  }
  /// How long the device that published should wait before it is read again.
  std::chrono::milliseconds publish(std::string_view account, const Limits& limits) {
    const std::size_t per_second = limits[Limit::account_publishes_per_second];
    if (per_second == 0) return std::chrono::milliseconds(0);
    const Rate rate = part_of(per_second);
    return bucket(publishes_, rate, account).spend(rate, 1);
  }

  bool has_room_for_subscription(std::string_view account, const Limits& limits) const {
    const std::size_t most = limits[Limit::account_subscriptions];
    const auto found = subscriptions_.find(account);
    return most == 0 || found == subscriptions_.end() || found->second < (most + processes_ - 1) / processes_;
  }
  /// A connection of the account has so many instead of so many.
  void count_subscriptions(std::string_view account, std::size_t before, std::size_t now) {
    if (before == now) return;
    auto found = subscriptions_.find(account);
    if (found == subscriptions_.end()) found = subscriptions_.emplace(std::string(account), 0).first;
    found->second += now - before;  // modulo 2^64, as far as it goes down
    if (found->second == 0) subscriptions_.erase(found);
  }

 private:
  using Buckets = std::map<std::string, TokenBucket, std::less<>>;  // as many as there are accounts with devices

  /// A second's worth at once, and one in any case.
  Rate part_of(std::size_t per_second) const {
    const double part = static_cast<double>(per_second) / static_cast<double>(processes_);
    return {std::max(part, 1.0), part};
  }
  static TokenBucket& bucket(Buckets& buckets, const Rate& rate, std::string_view account) {
    auto found = buckets.find(account);
    if (found == buckets.end()) found = buckets.emplace(std::string(account), TokenBucket(rate)).first;
    return found->second;
  }
  bool take(Buckets& buckets, std::size_t per_second, std::string_view account) const {
    if (per_second == 0) return true;
    const Rate rate = part_of(per_second);
    return bucket(buckets, rate, account).take(rate, TokenBucket::Clock::now());
  }

  const std::size_t processes_;
  Buckets connects_, subscribes_, publishes_;
  std::map<std::string, std::size_t, std::less<>> subscriptions_;
};

}  // namespace xl::gateway
