// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace xl::cloud::onboarding {

/// Refused claims of each account: whoever tries ThingNames until one fits is stopped. Of this process, and forgotten
/// with it. Thread-safe.
class Attempts {
 public:
  static constexpr int kRefusalsMax = 30;  ///< within the window; more are not even looked at
  static constexpr std::chrono::minutes kWindow{5};

  bool allows(std::string_view account_id, UnixMillis now) const;
  void note_refusal(std::string_view account_id, UnixMillis now);
  /// Accounts that have reached the limit since the last call.
  std::vector<std::string> take_excesses();

 private:
  struct Window {
    UnixMillis start{};
    int refusals = 0;
  };
  static bool is_over(const Window& window, UnixMillis now) {
    return now >= window.start + kWindow || now < window.start;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Window, std::less<>> windows_;  // as many as there are accounts
  std::vector<std::string> excesses_;
};

}  // namespace xl::cloud::onboarding
