// SPDX-License-Identifier: Apache-2.0
#include "console/throttle.hpp"

#include <algorithm>

namespace xl::console {

bool Throttle::allows(const std::string& key, UnixMillis now) const {
  const auto found = windows_.find(key);
  return found == windows_.end() || is_over(found->second, now) || found->second.failures < failures_max_;
}

void Throttle::note_failure(const std::string& key, UnixMillis now) {
  if (windows_.size() >= kKeysMax && !windows_.contains(key)) {
    std::erase_if(windows_, [&](const auto& entry) { return is_over(entry.second, now); });
    if (windows_.size() >= kKeysMax)
      windows_.erase(std::ranges::min_element(windows_, {}, [](const auto& entry) { return entry.second.start; }));
  }
  Window& window = windows_[key];
  if (is_over(window, now)) window = {now, 0};
  ++window.failures;
}

void Throttle::forgive(const std::string& key) {
  const auto found = windows_.find(key);
  if (found != windows_.end() && found->second.failures > 0) --found->second.failures;
}

}  // namespace xl::console
