// SPDX-License-Identifier: Apache-2.0
#include "store/custody_hash.hpp"
#include "store/fsck_rules.hpp"

namespace xl::store::rules {
namespace {

const char* const kChainRemedy =
    "Find out who changed the registry, then restore a backup in which the chain is whole (expresslink-cloud restore).";

/// Walks the log in the order of fingerprint and epoch; knows one module's previous entry at a time.
class ChainWalk {
 public:
  explicit ChainWalk(Findings& out) : out_(out) {}

  void visit(const cloud::CustodyEntry& entry) {
    const bool is_first = entry.fingerprint != fingerprint_;
    const std::int64_t expected = is_first ? 1 : epoch_ + 1;
    const std::string previous = is_first ? first_custody_hash() : hash_;
    if (entry.epoch != expected) {
      found(entry, "epochs " + std::to_string(expected) + " to " + std::to_string(entry.epoch - 1) + " are missing");
    } else if (entry.previous_hash != previous) {
      found(entry, "it does not hold the hash of the entry before it");
    }
    if (entry.hash != custody_hash(entry)) found(entry, "its contents do not give its hash: it was changed");
    fingerprint_ = entry.fingerprint;
    epoch_ = entry.epoch;
    hash_ = entry.hash;
  }

 private:
  void found(const cloud::CustodyEntry& entry, std::string what) {
    out_.push_back(
        {"custody of " + entry.fingerprint + " (thing " + entry.thing_name + "), epoch " + std::to_string(entry.epoch),
         std::move(what), kChainRemedy});
  }

  Findings& out_;
  std::string fingerprint_;
  std::string hash_;
  std::int64_t epoch_ = 0;
};

Status check_chains(sql::Connection& connection, Findings& out) {
  ChainWalk walk(out);
  auto query = connection.query(XL_CUSTODY_ENTRY_COLUMNS "order by fingerprint, epoch");
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    walk.visit(read_custody_entry(*row));
  }
}

Status each_row(sql::Query query, Findings& out, const char* what, const char* remedy) {
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return {};
    out.push_back({"custody of " + row->text(0) + " (thing " + row->text(1) + ")", what, remedy});
  }
}

/// `is not` compares null with null; PostgreSQL says `is distinct from`.
Status check_states(sql::Connection& connection, Findings& out) {
  XL_CHECK(
      each_row(connection.query("select c.fingerprint, c.thing_name from custody c join custody_log l "
                                "on l.fingerprint = c.fingerprint and l.epoch = "
                                "(select max(epoch) from custody_log where fingerprint = c.fingerprint) "
                                "where c.epoch <> l.epoch or c.status <> l.status or c.thing_name <> l.thing_name or "
                                "c.vendor_account <> l.vendor_account or c.owner_account is not l.owner_account"),
               out, "its present state is not what the newest entry of its chain says", kChainRemedy));
  XL_CHECK(each_row(connection.query("select fingerprint, thing_name from custody c where not exists "
                                     "(select 1 from custody_log l where l.fingerprint = c.fingerprint)"),
                    out, "it has no chain that would explain it", kChainRemedy));
  return each_row(connection.query("select distinct fingerprint, thing_name from custody_log l where not exists "
                                   "(select 1 from custody c where c.fingerprint = l.fingerprint)"),
                  out, "its chain exists, its present state does not", kChainRemedy);
}

/// A live claim (Claim::is_live) and what it holds. Status 0 is free, 1 reserved.
Status check_claims(sql::Connection& connection, Findings& out) {
  XL_CHECK(each_row(connection.query("select fingerprint, thing_name from custody c where status = 1 and not exists "
                                     "(select 1 from claim where fingerprint = c.fingerprint and state <= 5 and "
                                     "account_id = c.owner_account)"),
                    out, "it is reserved, and no claim holds it", kRestoreRemedy));
  return each_row(connection.query("select fingerprint, thing_name from claim k where state <= 5 and not exists "
                                   "(select 1 from custody where fingerprint = k.fingerprint and status in (1, 2, 3) "
                                   "and owner_account = k.account_id)"),
                  out, "a claim is under way, and the module is not its account's", kRestoreRemedy);
}

}  // namespace

Status check_custody(sql::Connection& connection, Findings& out) {
  XL_CHECK(check_chains(connection, out));
  XL_CHECK(check_states(connection, out));
  XL_CHECK(check_claims(connection, out));
  XL_CHECK(each_row(
      connection.query("select fingerprint, thing_name from custody where status <> 4 and ((status in (1, 2, 3) and "
                       "owner_account in (select account_id from closed_account)) or "
                       "vendor_account in (select account_id from closed_account))"),
      out, "its vendor or owner is an account that was deleted",
      "Finish the deletion (expresslink-cloud account delete NAME)."));
  return each_row(
      connection.query("select fingerprint, thing_name from custody where "
                       "(owner_account is not null and owner_account not in (select id from account)) or "
                       "(vendor_account <> '' and vendor_account not in (select id from account))"),
      out, "its vendor or owner is an account that does not exist",
      "The registry is older than that account, or the account was removed by hand: restore a newer backup.");
}

}  // namespace xl::store::rules
