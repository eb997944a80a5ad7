// SPDX-License-Identifier: Apache-2.0
// Accounts that somebody has deleted. Their rows stay, because claims, transfers and the custody log name them; what
// belongs to them is taken away piece by piece (cloud/onboarding/account_deletion.hpp).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "cloud/model/claim.hpp"
#include "cloud/model/custody.hpp"
#include "cloud/model/retained.hpp"
#include "cloud/model/transfer.hpp"

namespace xl::cloud {

/// Why an account may not simply go. Each list has some names, for people.
struct AccountHoldings {
  struct Things {
    std::int64_t count = 0;
    std::vector<std::string> some;  ///< at most five ThingNames
  };
  std::map<ClaimState, std::int64_t> claims;  ///< its live claims
  Things owned;                               ///< modules of which it has custody, or a reset
  Things homeless;               ///< of those: their vendor is here, and would not let them in after a factory reset
  Things staged;                 ///< modules that are to come back to it after a factory reset, whoever owns them now
  std::int64_t withdrawals = 0;  ///< modules that its account elsewhere has not let go yet
};

class ClosedAccounts {
 public:
  virtual ~ClosedAccounts() = default;
  virtual Result<AccountHoldings> holdings(std::string_view account_id) const = 0;
  /// From now on Accounts knows it no longer, and its access keys are gone; sessions end within a second.
  virtual Status close(const Account& account, UnixMillis now) = 0;
  /// The account, whether it is closed or not, under the name that it has or had.
  virtual Result<Account> find(std::string_view account_id) const = 0;
  /// Closed, and something of it is still there.
  virtual Result<Account> find_remaining(std::string_view name) const = 0;
  /// Closed and empty: when the last of this name was.
  virtual Result<UnixMillis> emptied(std::string_view name) const = 0;

  // What is left of one account, at most `limit`.

  virtual Result<std::vector<Claim>> live_claims(std::string_view account_id, std::size_t limit) const = 0;
  virtual Result<std::vector<Custody>> modules(std::string_view account_id, std::size_t limit) const = 0;
  virtual Result<std::vector<CertificateTransfer>> pending_transfers(std::string_view account_id,
                                                                     std::size_t limit) const = 0;
  /// Of every closed account, while the engine may still have their messages.
  virtual Result<std::vector<RetainedTopic>> retained_topics(std::size_t limit) const = 0;

  /// Deletes rows that are the account's alone, at most `limit`: how many. Zero: there are none. Claims,
  /// custody, their logs and retained topics are not among them. errors: conflict (something still refers to a row)
  virtual Result<std::size_t> erase_some(std::string_view account_id, std::size_t limit) = 0;
  /// Everything is gone: the name is free for another account.
  virtual Status finish(const Account& account, UnixMillis now) = 0;
};

}  // namespace xl::cloud
