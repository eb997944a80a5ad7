// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "gateway/gateway.hpp"
#include "gateway/throttle.hpp"

namespace xl::gateway {

/// What the devices of an account do together (docs/security.md "Throttles").
class AccountMeter {
 public:
  explicit AccountMeter(const AccountRates& rates) : rates_(rates) {}

  bool may_connect(std::string_view account) { return take(connects_, rates_.connects, account); }
  /// Counts one more that is connected, until leave(); false: there is no room for it.
  bool enter(std::string_view account) {
    if (rates_.connections == 0) return true;
    std::size_t& count = connected_[std::string(account)];
    if (count >= rates_.connections) return false;
    ++count;
    return true;
  }
  void leave(std::string_view account) {
    if (rates_.connections > 0) --connected_[std::string(account)];
  }
  bool may_subscribe(std::string_view account) { return take(subscribes_, rates_.subscribes, account); }
  /// How long the device that published should wait before it is read again.
  std::chrono::milliseconds publish(std::string_view account) {
    if (rates_.publishes == 0) return std::chrono::milliseconds(0);
    const Rate rate = of(rates_.publishes);
    return bucket(publishes_, rate, account).spend(rate, 1);
  }

 private:
  using Buckets = std::map<std::string, TokenBucket, std::less<>>;  // as many as there are accounts with devices

  /// A second's worth at once.
  static Rate of(std::size_t per_second) { return {static_cast<double>(per_second), static_cast<double>(per_second)}; }
  static TokenBucket& bucket(Buckets& buckets, const Rate& rate, std::string_view account) {
    auto found = buckets.find(account);
    if (found == buckets.end()) found = buckets.emplace(std::string(account), TokenBucket(rate)).first;
    return found->second;
  }
  static bool take(Buckets& buckets, std::size_t per_second, std::string_view account) {
    if (per_second == 0) return true;
    const Rate rate = of(per_second);
    return bucket(buckets, rate, account).take(rate, TokenBucket::Clock::now());
  }

  const AccountRates rates_;
  Buckets connects_, subscribes_, publishes_;
  std::map<std::string, std::size_t> connected_;
};

}  // namespace xl::gateway
