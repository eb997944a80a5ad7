// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/attempts.hpp"

#include <utility>

namespace xl::cloud::onboarding {

bool Attempts::allows(std::string_view account_id, UnixMillis now) const {
  const std::lock_guard lock(mutex_);
  const auto found = windows_.find(account_id);
  return found == windows_.end() || is_over(found->second, now) || found->second.refusals < kRefusalsMax;
}

void Attempts::note_refusal(std::string_view account_id, UnixMillis now) {
  const std::lock_guard lock(mutex_);
  auto found = windows_.find(account_id);
  if (found == windows_.end()) found = windows_.emplace(std::string(account_id), Window{now, 0}).first;
  Window& window = found->second;
  if (is_over(window, now)) window = {now, 0};
  if (++window.refusals == kRefusalsMax) excesses_.emplace_back(account_id);
}

std::vector<std::string> Attempts::take_excesses() {
  const std::lock_guard lock(mutex_);
  return std::exchange(excesses_, {});
}

}  // namespace xl::cloud::onboarding
