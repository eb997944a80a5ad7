// SPDX-License-Identifier: Apache-2.0
// What a restored registry is told of the time since its backup, by the custody log that was kept outside it
// (docs/registry.md "Reconciling"). Every function runs inside the caller's transaction; run again it changes nothing.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

struct Reconciled {
  std::int64_t entries = 0;      ///< of the custody log that the registry lacked
  std::int64_t modules = 0;      ///< whose custody they are
  std::int64_t claims = 0;       ///< ended, because the log says otherwise
  std::int64_t withdrawals = 0;  ///< registrations of owners who are owners no longer
  std::int64_t suspected = 0;    ///< claims that may have told their module since
  std::int64_t undecided = 0;
  std::vector<std::string> cases;  ///< undecided ones, for people; at most kCasesMax
  static constexpr std::size_t kCasesMax = 100;
};

class Reconciler {
 public:
  /// The log's next entry of its module. Entries that the registry has are passed over.
  Status replay(Registry& registry, const CustodyEntry& entry, std::string_view public_key, UnixMillis now);
  /// After a module's last entry: claims and registrations as custody has them.
  Status settle(Registry& registry, const std::string& fingerprint, UnixMillis now);
  /// PREPARED is no step in custody: a claim that was, may have told its module since, and is taken for one that has.
  /// At most `limit`; false: there are no more.
  Result<bool> suspect_prepared(Registry& registry, std::size_t limit, UnixMillis now);

  const Reconciled& result() const { return result_; }

 private:
  Status settle_claim(Registry& registry, Custody& module, UnixMillis now);
  Status withdraw_others(Registry& registry, const Custody& module, UnixMillis now);
  Status check_owner(Registry& registry, const Custody& module, UnixMillis now);
  /// Told to the module's vendor, and to `account` (empty: to nobody else).
  Status leave_open(Registry& registry, const Custody& module, std::string_view account, const std::string& what,
                    UnixMillis now);

  Reconciled result_;
  /// Modules of which entries were lost, with all who have been owners since the backup, or were then.
  std::map<std::string, std::set<std::string>, std::less<>> touched_;
  std::set<std::string, std::less<>> forked_;  ///< whose chains in log and registry contradict each other
};

}  // namespace xl::cloud::onboarding
