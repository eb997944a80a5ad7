// SPDX-License-Identifier: Apache-2.0
// Accounts that are deleted, and what has to go with them.
#include <array>

#include "store/claim_rows.hpp"
#include "store/custody_hash.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_ERASE(table, which) \
  "delete from " table " where rowid in (select rowid from " table " where " which " limit $2)"

/// Rows of the account $1, at most $2: those that refer to others first.
constexpr std::array kErasures{
    XL_ERASE("thing_principal", "account_id = $1"),
    XL_ERASE("policy_target", "account_id = $1"),
    XL_ERASE("policy_group", "account_id = $1"),
    XL_ERASE("thing_group_member", "account_id = $1"),
    XL_ERASE("thing", "account_id = $1"),
    // A group goes before its parent.
    XL_ERASE("thing_group",
             "account_id = $1 and not exists (select 1 from thing_group c where c.account_id = $1 and "
             "c.parent = thing_group.name)"),
    XL_ERASE("thing_type", "account_id = $1"),
    XL_ERASE("policy_version", "account_id = $1"),
    XL_ERASE("policy", "account_id = $1"),
    XL_ERASE("provisioning_template_version", "account_id = $1"),
    XL_ERASE("provisioning_template", "account_id = $1"),
    XL_ERASE("certificate_transfer", "source_account = $1"),
    XL_ERASE("sighting", "account_id = $1"),
    XL_ERASE("certificate", "account_id = $1"),
    XL_ERASE("ca_certificate", "account_id = $1"),
    XL_ERASE("viewer_grant", "account_id = $1"),
    XL_ERASE("login_string", "account_id = $1"),
    XL_ERASE("registration_report", "account_id = $1"),
    XL_ERASE("registration_task", "account_id = $1"),
    XL_ERASE("tombstone", "account_id = $1"),
    XL_ERASE("reset_rule", "account_id = $1"),
    XL_ERASE("account_limit", "account_id = $1"),
    XL_ERASE("finding", "account_id = $1"),
    XL_ERASE("claim_grant", "$1 in (vendor_account, customer_account)"),
    XL_ERASE("voucher_key", "vendor_account = $1"),
    XL_ERASE("errand", "account_id = $1"),
    XL_ERASE("elsewhere", "account_id = $1"),
    XL_ERASE("tag", "instr(resource_arn, ':' || $1 || ':') > 0"),
};

#define XL_EVEN_CLOSED                                                                                    \
  "select a.id, coalesce(c.name, a.name), a.kind, a.endpoint_prefix, a.created from account a left join " \
  "closed_account c "                                                                                     \
  "on c.account_id = a.id "

cloud::Account read_account(const sql::Row& row) {
  return {row.text(0), row.text(1), static_cast<cloud::AccountKind>(row.integer(2)), row.text(3), row.time(4)};
}

cloud::CertificateTransfer read_pending(const sql::Row& row) {
  cloud::CertificateTransfer transfer;
  transfer.source_account = row.text(0);
  transfer.certificate_id = row.text(1);
  transfer.target_account = row.text(2);
  transfer.began = row.time(3);
  return transfer;
}

std::int64_t number_of(std::size_t limit) { return static_cast<std::int64_t>(limit); }

#define XL_OWNED "from custody m where owner_account = $1 and status in (2, 3) "
/// In the vendor's account: neither registered and ACTIVE (or put away), nor to be registered by itself.
#define XL_HOMELESS                                                                                                   \
  XL_OWNED                                                                                                            \
  "and vendor_account <> '' and not exists (select 1 from certificate s where s.account_id = m.vendor_account and "   \
  "s.id = m.fingerprint and s.status in (0, 5)) and (vendor_account in (select account_id from closed_account) or "   \
  "exists (select 1 from certificate s where s.account_id = m.vendor_account and s.id = m.fingerprint) or "           \
  "exists (select 1 from tombstone t where t.account_id = m.vendor_account and t.certificate_id = m.fingerprint) or " \
  "not exists (select 1 from ca_certificate a where a.account_id = m.vendor_account and a.status = 0 and "            \
  "a.auto_registration = 1)) "
#define XL_STAGED "from custody m where vendor_account = $1 and status <> 4 "

/// `count` gives their number, `some` their names.
Result<cloud::AccountHoldings::Things> things(sql::Query count, sql::Query some) {
  cloud::AccountHoldings::Things out;
  XL_TRY(const auto row, count.step());
  out.count = row ? row->integer(0) : 0;
  XL_TRY(out.some, all(std::move(some), read_first_text));
  return out;
}

}  // namespace

Result<cloud::AccountHoldings> SqlClosedAccounts::holdings(std::string_view account_id) const {
  static_assert(static_cast<int>(cloud::CustodyStatus::owned) == 2 &&
                static_cast<int>(cloud::CustodyStatus::revoked) == 4);
  static_assert(static_cast<int>(cloud::CertificateStatus::active) == 0 &&
                static_cast<int>(cloud::CertificateStatus::dormant) == 5 &&
                static_cast<int>(cloud::CaStatus::active) == 0);
  cloud::AccountHoldings out;
  XL_TRY(const auto claims, all(std::move(connection_
                                              .query("select state, count(*) from claim where account_id = $1 and "
                                                     "state <= 5 group by state")
                                              .bind(account_id)),
                                [](const sql::Row& row) { return std::pair(row.integer(0), row.integer(1)); }));
  for (const auto& [state, count] : claims) out.claims[static_cast<cloud::ClaimState>(state)] = count;
  const auto look = [&](const char* count, const char* some) {
    return things(std::move(connection_.query(count).bind(account_id)),
                  std::move(connection_.query(some).bind(account_id)));
  };
  XL_TRY(out.owned, look("select count(*) " XL_OWNED, "select thing_name " XL_OWNED "order by thing_name limit 5"));
  XL_TRY(out.homeless,
         look("select count(*) " XL_HOMELESS, "select thing_name " XL_HOMELESS "order by thing_name limit 5"));
  XL_TRY(out.staged, look("select count(*) " XL_STAGED, "select thing_name " XL_STAGED "order by thing_name limit 5"));
  auto withdrawals = connection_.query("select count(*) from errand where account_id = $1 and stage = $2");
  withdrawals.bind(account_id).bind(static_cast<std::int64_t>(cloud::ErrandStage::withdraw));
  XL_TRY(const auto row, withdrawals.step());
  out.withdrawals = row ? row->integer(0) : 0;
  return out;
}

Status SqlClosedAccounts::close(const cloud::Account& account, UnixMillis now) {
  XL_CHECK(inserted(connection_.query("insert into closed_account(account_id, name, closed) values($1, $2, $3)")
                        .bind(account.id)
                        .bind(account.name)
                        .bind(now)
                        .run(),
                    "closed account", account.name));
  XL_TRY(const auto keys,
         all(std::move(connection_.query("select id from access_key where account_id = $1").bind(account.id)),
             read_first_text));
  for (const std::string& key : keys) changes_.add(key);
  XL_CHECK(connection_.query("delete from access_key where account_id = $1").bind(account.id).run());
  changes_.add_account(account.id);
  return {};
}

Result<cloud::Account> SqlClosedAccounts::find(std::string_view account_id) const {
  return one(std::move(connection_.query(XL_EVEN_CLOSED "where a.id = $1").bind(account_id)), read_account, "account",
             account_id);
}

Result<cloud::Account> SqlClosedAccounts::find_remaining(std::string_view name) const {
  return one(std::move(connection_.query(XL_EVEN_CLOSED "where c.name = $1 and c.emptied is null").bind(name)),
             read_account, "closed account", name);
}

Result<UnixMillis> SqlClosedAccounts::emptied(std::string_view name) const {
  return one(
      std::move(connection_
                    .query("select emptied from closed_account where name = $1 and emptied is not null "
                           "order by emptied desc limit 1")
                    .bind(name)),
      [](const sql::Row& row) { return row.time(0); }, "closed account", name);
}

Result<std::vector<cloud::Claim>> SqlClosedAccounts::live_claims(std::string_view account_id, std::size_t limit) const {
  return all(std::move(connection_.query(XL_CLAIM_COLUMNS "where account_id = $1 and state <= 5 order by id limit $2")
                           .bind(account_id)
                           .bind(number_of(limit))),
             read_claim);
}

Result<std::vector<cloud::Custody>> SqlClosedAccounts::modules(std::string_view account_id, std::size_t limit) const {
  return all(std::move(connection_
                           .query(XL_CUSTODY_COLUMNS "where owner_account = $1 and status in (2, 3) "
                                                     "order by thing_name limit $2")
                           .bind(account_id)
                           .bind(number_of(limit))),
             read_custody);
}

Result<std::vector<cloud::CertificateTransfer>> SqlClosedAccounts::pending_transfers(std::string_view account_id,
                                                                                     std::size_t limit) const {
  return all(std::move(connection_
                           .query("select source_account, certificate_id, target_account, began from "
                                  "certificate_transfer where state = 0 and $1 in (source_account, target_account) "
                                  "order by source_account, certificate_id limit $2")
                           .bind(account_id)
                           .bind(number_of(limit))),
             read_pending);
}

Result<std::vector<cloud::RetainedTopic>> SqlClosedAccounts::retained_topics(std::size_t limit) const {
  return all(std::move(connection_
                           .query("select account_id, topic, modified from retained_topic where account_id in "
                                  "(select account_id from closed_account) order by account_id, topic limit $1")
                           .bind(number_of(limit))),
             [](const sql::Row& row) { return cloud::RetainedTopic{row.text(0), row.text(1), row.time(2)}; });
}

/// A table is touched when those before it are empty: no row goes that another one needs.
Result<std::size_t> SqlClosedAccounts::erase_some(std::string_view account_id, std::size_t limit) {
  std::size_t left = limit;
  for (const char* text : kErasures) {
    XL_TRY(const std::int64_t rows, connection_.query(text).bind(account_id).bind(number_of(left)).run());
    left -= static_cast<std::size_t>(rows);
    if (left == 0) break;
  }
  return limit - left;
}

Status SqlClosedAccounts::finish(const cloud::Account& account, UnixMillis now) {
  // No account can be called so.
  XL_CHECK(changed_one(connection_.query("update account set name = '~' || id, registration_code = null where id = $1")
                           .bind(account.id)
                           .run(),
                       "account", account.id));
  return changed_one(connection_.query("update closed_account set emptied = $2 where account_id = $1")
                         .bind(account.id)
                         .bind(now)
                         .run(),
                     "closed account", account.id);
}

}  // namespace xl::store
