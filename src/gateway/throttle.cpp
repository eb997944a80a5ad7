// SPDX-License-Identifier: Apache-2.0
#include "gateway/throttle.hpp"

#include <algorithm>
#include <iterator>

namespace xl::gateway {

void Throttle::fill(Bucket& bucket, Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(rate_.burst, bucket.tokens + seconds * rate_.per_second);
  bucket.at = now;
}

void Throttle::make_room(Clock::time_point now) {
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    fill(it->second, now);
    it = it->second.tokens >= rate_.burst ? buckets_.erase(it) : std::next(it);
  }
  if (buckets_.size() >= kKeysMax) buckets_.clear();
}

bool Throttle::take(std::string_view key, Clock::time_point now) {
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kKeysMax) make_room(now);
    found = buckets_.emplace(std::string(key), Bucket{rate_.burst, now}).first;
  }
  Bucket& bucket = found->second;
  fill(bucket, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void Throttle::give_back(std::string_view key) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) found->second.tokens = std::min(rate_.burst, found->second.tokens + 1);
}

}  // namespace xl::gateway
