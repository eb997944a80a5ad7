// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace xl::cloud::services {

/// Seats of which one account cannot take all. Thread-safe; must outlive the seats that it gives.
class FairShare {
 public:
  explicit FairShare(std::size_t per_account_max) : per_account_max_(per_account_max) {}

  /// Taken until the last copy is gone; null: the account has as many as it may.
  std::shared_ptr<void> seat(const std::string& account_id) {
    const std::scoped_lock lock(mutex_);
    std::size_t& taken = taken_[account_id];
    if (taken == per_account_max_) return nullptr;
    ++taken;
    return {this, [account_id](FairShare* share) { share->leave(account_id); }};
  }

 private:
  void leave(const std::string& account_id) {
    const std::scoped_lock lock(mutex_);
    if (--taken_[account_id] == 0) taken_.erase(account_id);
  }

  const std::size_t per_account_max_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> taken_;
};

}  // namespace xl::cloud::services
