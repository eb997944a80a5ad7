// SPDX-License-Identifier: Apache-2.0
// Private to store/: the repositories of cloud/ports/onboarding.hpp over one connection.
#pragma once
#include "cloud/ports/closed_accounts.hpp"
#include "cloud/ports/elsewhere.hpp"
#include "cloud/ports/onboarding.hpp"
#include "store/changes.hpp"
#include "store/sql.hpp"

namespace xl::store {

class SqlCustodyLedger final : public cloud::CustodyLedger {
 public:
  SqlCustodyLedger(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Custody> find(std::string_view fingerprint) const override;
  Result<std::vector<cloud::Custody>> find_by_key(std::string_view public_key) const override;
  Result<std::vector<cloud::Custody>> find_by_thing(std::string_view thing_name) const override;
  Result<std::vector<cloud::Custody>> find_owned(std::string_view owner_account,
                                                 std::string_view thing_name) const override;
  Status change(const cloud::Custody& custody, std::string_view reason, UnixMillis now) override;
  Status replay(const cloud::CustodyEntry& entry, std::string_view public_key) override;
  Result<std::vector<cloud::CustodyEntry>> history(std::string_view fingerprint) const override;
  Result<std::vector<cloud::Numbered<cloud::CustodyEntry>>> entries_after(std::int64_t number,
                                                                          std::size_t limit) const override;

 private:
  Status store_state(const cloud::Custody& custody);
  Status append(const cloud::CustodyEntry& entry);
  Result<std::string> last_hash(std::string_view fingerprint) const;
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlClaims final : public cloud::Claims {
 public:
  SqlClaims(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::Claim> find(std::string_view id) const override;
  Result<cloud::Claim> live_of(std::string_view fingerprint) const override;
  Result<cloud::Claim> last_of(std::string_view account_id, std::string_view fingerprint) const override;
  Result<cloud::Page<cloud::Claim>> list(std::string_view account_id, const cloud::PageRequest& page) const override;
  Result<cloud::Page<cloud::Claim>> list_of_vendor(std::string_view vendor_account,
                                                   const cloud::PageRequest& page) const override;
  Result<cloud::Page<cloud::Claim>> list_in_state(cloud::ClaimState state,
                                                  const cloud::PageRequest& page) const override;
  Result<std::vector<cloud::Claim>> due(std::int64_t run_time, std::size_t limit) const override;
  Status insert(const cloud::Claim& claim) override;
  Status update(const cloud::Claim& claim) override;
  Result<std::vector<cloud::ClaimEntry>> history(std::string_view id) const override;
  Result<std::vector<cloud::Numbered<cloud::ClaimEntry>>> entries_after(std::int64_t number,
                                                                        std::size_t limit) const override;
  Result<std::int64_t> last_entry() const override;
  Result<std::int64_t> run_time() const override;
  Status add_run_time(std::int64_t millis) override;

 private:
  Status append(const cloud::Claim& claim);
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlClaimGrants final : public cloud::ClaimGrants {
 public:
  SqlClaimGrants(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::ClaimGrant> find(std::string_view vendor_account, std::string_view customer_account) const override;
  Result<std::vector<cloud::ClaimGrant>> of_vendor(std::string_view vendor_account) const override;
  Result<std::vector<cloud::ClaimGrant>> of_customer(std::string_view customer_account) const override;
  Result<cloud::ClaimGrant> find_by_claim_certificate(std::string_view vendor_account,
                                                      std::string_view certificate_id) const override;
  Status put(const cloud::ClaimGrant& grant) override;
  Status remove(std::string_view vendor_account, std::string_view customer_account) override;
  Result<cloud::VoucherKey> find_key(std::string_view vendor_account, std::string_view id) const override;
  Result<std::vector<cloud::VoucherKey>> keys_of(std::string_view vendor_account) const override;
  Status insert_key(const cloud::VoucherKey& key) override;
  Status revoke_key(std::string_view vendor_account, std::string_view id) override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

class SqlFindings final : public cloud::Findings {
 public:
  explicit SqlFindings(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::Finding> find(std::string_view account_id, std::string_view id) const override;
  Result<cloud::Page<cloud::Finding>> list(std::string_view account_id, bool with_closed,
                                           const cloud::PageRequest& page) const override;
  Result<bool> note(const cloud::Finding& finding) override;
  Status close(std::string_view account_id, std::string_view id) override;
  Result<std::map<cloud::FindingKind, std::int64_t>> open_counts() const override;

 private:
  sql::Connection& connection_;
};

class SqlResetRules final : public cloud::ResetRules {
 public:
  explicit SqlResetRules(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::ResetRule> find(std::string_view account_id, std::string_view fingerprint) const override;
  Status put(const cloud::ResetRule& rule) override;
  Status remove(std::string_view account_id, std::string_view fingerprint) override;

 private:
  sql::Connection& connection_;
};

class SqlElsewhereAccounts final : public cloud::ElsewhereAccounts {
 public:
  explicit SqlElsewhereAccounts(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::Elsewhere> find(std::string_view account_id) const override;
  Status put(const cloud::Elsewhere& elsewhere) override;

 private:
  sql::Connection& connection_;
};

class SqlErrands final : public cloud::Errands {
 public:
  explicit SqlErrands(sql::Connection& connection) : connection_(connection) {}
  Result<cloud::Errand> find(std::string_view account_id, std::string_view fingerprint) const override;
  Result<std::vector<cloud::Numbered<cloud::Errand>>> in_stage(cloud::ErrandStage stage, std::int64_t number,
                                                               std::size_t limit) const override;
  Status put(const cloud::Errand& errand) override;
  Status remove(const cloud::Errand& errand) override;
  Result<std::map<cloud::ErrandStage, std::int64_t>> counts() const override;

 private:
  sql::Connection& connection_;
};

class SqlCursors final : public cloud::Cursors {
 public:
  explicit SqlCursors(sql::Connection& connection) : connection_(connection) {}
  Result<std::int64_t> find(std::string_view name) const override;
  Status put(std::string_view name, std::int64_t number) override;

 private:
  sql::Connection& connection_;
};

class SqlSightings final : public cloud::Sightings {
 public:
  explicit SqlSightings(sql::Connection& connection) : connection_(connection) {}
  Result<std::int64_t> find(std::string_view account_id, std::string_view certificate_id) const override;
  Status note(std::string_view account_id, std::string_view certificate_id, std::int64_t run_time) override;
  Status remove(std::string_view account_id, std::string_view certificate_id) override;
  Result<std::vector<cloud::StagedRegistration>> unseen(std::int64_t before, std::int64_t owned_before,
                                                        std::string_view after, std::size_t limit) const override;
  Result<std::int64_t> count_dormant() const override;

 private:
  sql::Connection& connection_;
};

class SqlClosedAccounts final : public cloud::ClosedAccounts {
 public:
  SqlClosedAccounts(sql::Connection& connection, ChangeNotes& changes) : connection_(connection), changes_(changes) {}
  Result<cloud::AccountHoldings> holdings(std::string_view account_id) const override;
  Status close(const cloud::Account& account, UnixMillis now) override;
  Result<cloud::Account> find(std::string_view account_id) const override;
  Result<cloud::Account> find_remaining(std::string_view name) const override;
  Result<UnixMillis> emptied(std::string_view name) const override;
  Result<std::vector<cloud::Claim>> live_claims(std::string_view account_id, std::size_t limit) const override;
  Result<std::vector<cloud::Custody>> modules(std::string_view account_id, std::size_t limit) const override;
  Result<std::vector<cloud::CertificateTransfer>> pending_transfers(std::string_view account_id,
                                                                    std::size_t limit) const override;
  Result<std::vector<cloud::RetainedTopic>> retained_topics(std::size_t limit) const override;
  Result<std::size_t> erase_some(std::string_view account_id, std::size_t limit) override;
  Status finish(const cloud::Account& account, UnixMillis now) override;

 private:
  sql::Connection& connection_;
  ChangeNotes& changes_;
};

}  // namespace xl::store
