// SPDX-License-Identifier: Apache-2.0
// What onboarding needs kept (docs/onboarding.md): custody, claims, who may claim, and what looks wrong. Parts of a
// Registry (cloud/ports/registry.hpp).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/claim.hpp"
#include "cloud/model/custody.hpp"
#include "cloud/model/finding.hpp"
#include "cloud/model/reset_rule.hpp"
#include "cloud/ports/page.hpp"

namespace xl::cloud {

class CustodyLedger {
 public:
  virtual ~CustodyLedger() = default;
  virtual Result<Custody> find(std::string_view fingerprint) const = 0;
  virtual Result<std::vector<Custody>> find_by_key(std::string_view public_key) const = 0;
  virtual Result<std::vector<Custody>> find_by_thing(std::string_view thing_name) const = 0;
  /// What the account owns, or has reserved, under this ThingName.
  virtual Result<std::vector<Custody>> find_owned(std::string_view owner_account,
                                                  std::string_view thing_name) const = 0;
  /// Writes the new state and appends the hash-chain entry. `custody.epoch` must be the stored epoch + 1 (1 for the
  /// first); else conflict and nothing changes.
  virtual Status change(const Custody& custody, std::string_view reason, UnixMillis now) = 0;
  virtual Result<std::vector<CustodyEntry>> history(std::string_view fingerprint) const = 0;
  /// Entries of every module in the order they were written.
  virtual Result<std::vector<Numbered<CustodyEntry>>> entries_after(std::int64_t number, std::size_t limit) const = 0;
  /// An entry that was lost with a registry, as it was: the state is what it says. `public_key`: Custody::public_key.
  /// errors: conflict (it does not continue the module's chain; nothing changes)
  virtual Status replay(const CustodyEntry& entry, std::string_view public_key) = 0;
};

/// One line of a claim's history.
struct ClaimEntry {
  std::string claim_id;
  std::int64_t epoch = 0;
  ClaimState state = ClaimState::reserved;
  Stall stall = Stall::none;
  std::string reason;
  UnixMillis at{};
};

class Claims {
 public:
  virtual ~Claims() = default;
  virtual Result<Claim> find(std::string_view id) const = 0;
  /// The one that a module has (Claim::is_live).
  virtual Result<Claim> live_of(std::string_view fingerprint) const = 0;
  /// The newest of this account for the module, live or over.
  virtual Result<Claim> last_of(std::string_view account_id, std::string_view fingerprint) const = 0;
  virtual Result<Page<Claim>> list(std::string_view account_id, const PageRequest& page) const = 0;  ///< oldest first
  virtual Result<Page<Claim>> list_of_vendor(std::string_view vendor_account, const PageRequest& page) const = 0;
  virtual Result<Page<Claim>> list_in_state(ClaimState state, const PageRequest& page) const = 0;
  /// Whose deadline is over, at most `limit`.
  virtual Result<std::vector<Claim>> due(std::int64_t run_time, std::size_t limit) const = 0;
  virtual Status insert(const Claim& claim) = 0;  ///< already_exists: the module has a live claim
  /// `claim.epoch` must be the stored epoch + 1; else conflict and nothing changes. The history grows by one entry.
  virtual Status update(const Claim& claim) = 0;
  virtual Result<std::vector<ClaimEntry>> history(std::string_view id) const = 0;  ///< oldest first
  /// Of every claim in the order they were written.
  virtual Result<std::vector<Numbered<ClaimEntry>>> entries_after(std::int64_t number, std::size_t limit) const = 0;
  virtual Result<std::int64_t> last_entry() const = 0;  ///< its number; 0: there is none

  /// How long this installation has run in all, in milliseconds: no clock that somebody sets can shorten a deadline.
  virtual Result<std::int64_t> run_time() const = 0;
  virtual Status add_run_time(std::int64_t millis) = 0;
};

/// Who may claim whose modules, and the keys that vouch for them.
class ClaimGrants {
 public:
  virtual ~ClaimGrants() = default;
  virtual Result<ClaimGrant> find(std::string_view vendor_account, std::string_view customer_account) const = 0;
  virtual Result<std::vector<ClaimGrant>> of_vendor(std::string_view vendor_account) const = 0;
  virtual Result<std::vector<ClaimGrant>> of_customer(std::string_view customer_account) const = 0;
  /// Whose claim-thing this certificate of the vendor's account is.
  virtual Result<ClaimGrant> find_by_claim_certificate(std::string_view vendor_account,
                                                       std::string_view certificate_id) const = 0;
  virtual Status put(const ClaimGrant& grant) = 0;  ///< replaces
  virtual Status remove(std::string_view vendor_account, std::string_view customer_account) = 0;
  virtual Result<VoucherKey> find_key(std::string_view vendor_account, std::string_view id) const = 0;
  virtual Result<std::vector<VoucherKey>> keys_of(std::string_view vendor_account) const = 0;
  virtual Status insert_key(const VoucherKey& key) = 0;
  virtual Status revoke_key(std::string_view vendor_account, std::string_view id) = 0;
};

class Findings {
 public:
  virtual ~Findings() = default;
  virtual Result<Finding> find(std::string_view account_id, std::string_view id) const = 0;
  virtual Result<Page<Finding>> list(std::string_view account_id, bool with_closed,
                                     const PageRequest& page) const = 0;  ///< by id
  /// An open one of the same account, kind and subject counts one more and takes evidence and last_seen; true: it is
  /// new.
  virtual Result<bool> note(const Finding& finding) = 0;
  virtual Status close(std::string_view account_id, std::string_view id) = 0;  ///< idempotent
  /// How many are open, of every account.
  virtual Result<std::map<FindingKind, std::int64_t>> open_counts() const = 0;
};

class ResetRules {
 public:
  virtual ~ResetRules() = default;
  virtual Result<ResetRule> find(std::string_view account_id, std::string_view fingerprint) const = 0;
  virtual Status put(const ResetRule& rule) = 0;                                         ///< replaces
  virtual Status remove(std::string_view account_id, std::string_view fingerprint) = 0;  ///< idempotent
};

/// A module's registration in its vendor's account that nobody has used for a while.
struct StagedRegistration {
  std::string account_id, certificate_id, thing_name;
};

/// When modules were last seen in their vendors' accounts, in the installation's run time (Claims::run_time). What a
/// sweep has put away, and what was registered and never came, has no sighting.
class Sightings {
 public:
  virtual ~Sightings() = default;
  virtual Result<std::int64_t> find(std::string_view account_id, std::string_view certificate_id) const = 0;
  virtual Status note(std::string_view account_id, std::string_view certificate_id, std::int64_t run_time) = 0;
  virtual Status remove(std::string_view account_id, std::string_view certificate_id) = 0;  ///< idempotent
  /// Not seen since `before`; of modules that a customer owns and that were not reset: not since `owned_before`. Only
  /// those that nobody has reserved, and whose vendor has not revoked them. By certificate, those after `after`.
  virtual Result<std::vector<StagedRegistration>> unseen(std::int64_t before, std::int64_t owned_before,
                                                         std::string_view after, std::size_t limit) const = 0;
  /// Registrations that are put away now, of every account.
  virtual Result<std::int64_t> count_dormant() const = 0;
};

/// How far a reader of one of the logs has come.
class Cursors {
 public:
  virtual ~Cursors() = default;
  virtual Result<std::int64_t> find(std::string_view name) const = 0;
  virtual Status put(std::string_view name, std::int64_t number) = 0;
};

}  // namespace xl::cloud
