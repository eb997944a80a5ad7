// SPDX-License-Identifier: Apache-2.0
// Custody and its hash chain: each entry of a module holds the hash of the one before it.
#include "crypto/digest.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

const std::string kFirstHash(64, '0');

/// Fields are length-prefixed, so that no two different entries give the same text.
std::string hash_of(const cloud::CustodyEntry& entry) {
  std::string text;
  for (const std::string& field :
       {entry.fingerprint, std::to_string(entry.epoch), std::to_string(static_cast<int>(entry.status)),
        entry.owner_account.value_or("-"), entry.reason, std::to_string(to_millis(entry.at)), entry.previous_hash}) {
    text += std::to_string(field.size()) + ":" + field;
  }
  return crypto::sha256_hex(text);
}

cloud::Custody read_custody(const sql::Row& row) {
  return {
      row.text(0),   row.text(1), row.text(2), row.optional_text(3), static_cast<cloud::CustodyStatus>(row.integer(4)),
      row.integer(5)};
}

cloud::CustodyEntry read_entry(const sql::Row& row) {
  return {row.text(0),          row.integer(1), static_cast<cloud::CustodyStatus>(row.integer(2)),
          row.optional_text(3), row.text(4),    row.time(5),
          row.text(6),          row.text(7)};
}

}  // namespace

Result<cloud::Custody> SqlCustodyLedger::find(std::string_view fingerprint) const {
  return one(std::move(connection_
                           .query("select fingerprint, thing_name, vendor_account, owner_account, status, epoch "
                                  "from custody where fingerprint = $1")
                           .bind(fingerprint)),
             read_custody, "custody of", fingerprint);
}

Status SqlCustodyLedger::store_state(const cloud::Custody& custody) {
  const bool is_first = custody.epoch == 1;
  auto changed =
      is_first ? connection_
                     .query(
                         "insert into custody(fingerprint, thing_name, vendor_account, owner_account, status, epoch) "
                         "values($1, $2, $3, $4, $5, $6) on conflict do nothing")
                     .bind(custody.fingerprint)
                     .bind(custody.thing_name)
                     .bind(custody.vendor_account)
                     .bind(custody.owner_account)
                     .bind(static_cast<std::int64_t>(custody.status))
                     .bind(custody.epoch)
                     .run()
               : connection_
                     .query(
                         "update custody set thing_name = $2, vendor_account = $3, owner_account = $4, status = $5, "
                         "epoch = $6 where fingerprint = $1 and epoch = $6 - 1")
                     .bind(custody.fingerprint)
                     .bind(custody.thing_name)
                     .bind(custody.vendor_account)
                     .bind(custody.owner_account)
                     .bind(static_cast<std::int64_t>(custody.status))
                     .bind(custody.epoch)
                     .run();
  XL_TRY(const std::int64_t rows, std::move(changed));
  if (rows == 0) return fail(Error::conflict("custody of " + custody.fingerprint + " has changed meanwhile"));
  return {};
}

Result<std::string> SqlCustodyLedger::last_hash(std::string_view fingerprint) const {
  auto query = connection_.query("select hash from custody_log where fingerprint = $1 order by epoch desc limit 1");
  query.bind(fingerprint);
  XL_TRY(const auto row, query.step());
  return row ? row->text(0) : kFirstHash;
}

Status SqlCustodyLedger::change(const cloud::Custody& custody, std::string_view reason, UnixMillis now) {
  XL_CHECK(store_state(custody));
  XL_TRY(std::string previous, last_hash(custody.fingerprint));
  cloud::CustodyEntry entry{custody.fingerprint, custody.epoch, custody.status,      custody.owner_account,
                            std::string(reason), now,           std::move(previous), {}};
  entry.hash = hash_of(entry);
  XL_CHECK(
      connection_
          .query("insert into custody_log(fingerprint, epoch, status, owner_account, reason, at, previous_hash, hash) "
                 "values($1, $2, $3, $4, $5, $6, $7, $8)")
          .bind(entry.fingerprint)
          .bind(entry.epoch)
          .bind(static_cast<std::int64_t>(entry.status))
          .bind(entry.owner_account)
          .bind(entry.reason)
          .bind(entry.at)
          .bind(entry.previous_hash)
          .bind(entry.hash)
          .run());
  return note_change(connection_, custody.fingerprint);
}

Result<std::vector<cloud::CustodyEntry>> SqlCustodyLedger::history(std::string_view fingerprint) const {
  return all(std::move(connection_
                           .query("select fingerprint, epoch, status, owner_account, reason, at, previous_hash, hash "
                                  "from custody_log where fingerprint = $1 order by epoch")
                           .bind(fingerprint)),
             read_entry);
}

}  // namespace xl::store
