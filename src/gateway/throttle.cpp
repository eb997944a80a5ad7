// SPDX-License-Identifier: Apache-2.0
#include "gateway/throttle.hpp"

#include <algorithm>

namespace xl::gateway {

void TokenBucket::fill(const Rate& rate, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - at_).count();
  tokens_ = std::min(rate.burst, tokens_ + seconds * rate.per_second);
  at_ = now;
}

bool TokenBucket::take(const Rate& rate, Clock::time_point now) {
  fill(rate, now);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void TokenBucket::give_back(const Rate& rate) { tokens_ = std::min(rate.burst, tokens_ + 1); }

bool TokenBucket::is_full(const Rate& rate, Clock::time_point now) {
  fill(rate, now);
  return tokens_ >= rate.burst;
}

std::chrono::milliseconds TokenBucket::spend(const Rate& rate, double tokens, Clock::time_point now) {
  fill(rate, now);
  tokens_ -= tokens;
  if (tokens_ >= 0) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(-tokens_ / rate.per_second));
}

void Throttle::make_room(Clock::time_point now) {
  std::erase_if(buckets_, [this, now](const auto& entry) { return TokenBucket(entry.second).is_full(rate_, now); });
  if (buckets_.size() >= kKeysMax) buckets_.clear();
}

bool Throttle::take(std::string_view key, Clock::time_point now) {
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kKeysMax) make_room(now);
    found = buckets_.emplace(std::string(key), TokenBucket(rate_, now)).first;
  }
  return found->second.take(rate_, now);
}

void Throttle::give_back(std::string_view key) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) found->second.give_back(rate_);
}

}  // namespace xl::gateway
