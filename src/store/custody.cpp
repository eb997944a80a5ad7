// SPDX-License-Identifier: Apache-2.0
// Custody and its hash chain: each entry of a module holds the hash of the one before it.
#include "crypto/digest.hpp"
#include "store/custody_hash.hpp"
#include "store/repositories.hpp"

namespace xl::store {

cloud::Custody read_custody(const sql::Row& row) {
  return {
      row.text(0),    row.text(1), row.text(2), row.optional_text(3), static_cast<cloud::CustodyStatus>(row.integer(4)),
      row.integer(5), row.text(6)};
}

cloud::CustodyEntry read_custody_entry(const sql::Row& row) {
  cloud::CustodyEntry entry;
  entry.fingerprint = row.text(0);
  entry.thing_name = row.text(1);
  entry.vendor_account = row.text(2);
  entry.owner_account = row.optional_text(3);
  entry.status = static_cast<cloud::CustodyStatus>(row.integer(4));
  entry.epoch = row.integer(5);
  entry.reason = row.text(6);
  entry.at = row.time(7);
  entry.previous_hash = row.text(8);
  entry.hash = row.text(9);
  return entry;
}

std::string first_custody_hash() { return std::string(64, '0'); }

/// Fields are length-prefixed, so that no two different entries give the same text.
std::string custody_hash(const cloud::CustodyEntry& entry) {
  std::string text;
  for (const std::string& field :
       {entry.fingerprint, entry.thing_name, entry.vendor_account, entry.owner_account.value_or("-"),
        std::to_string(static_cast<int>(entry.status)), std::to_string(entry.epoch), entry.reason,
        std::to_string(to_millis(entry.at)), entry.previous_hash}) {
    text += std::to_string(field.size()) + ":" + field;
  }
  return crypto::sha256_hex(text);
}

Result<cloud::Custody> SqlCustodyLedger::find(std::string_view fingerprint) const {
  return one(std::move(connection_.query(XL_CUSTODY_COLUMNS "where fingerprint = $1").bind(fingerprint)), read_custody,
             "custody of", fingerprint);
}

Result<std::vector<cloud::Custody>> SqlCustodyLedger::find_by_key(std::string_view public_key) const {
  return all(
      std::move(connection_.query(XL_CUSTODY_COLUMNS "where public_key = $1 order by fingerprint").bind(public_key)),
      read_custody);
}

Result<std::vector<cloud::Custody>> SqlCustodyLedger::find_by_thing(std::string_view thing_name) const {
  return all(
      std::move(connection_.query(XL_CUSTODY_COLUMNS "where thing_name = $1 order by fingerprint").bind(thing_name)),
      read_custody);
}

Result<std::vector<cloud::Custody>> SqlCustodyLedger::find_owned(std::string_view owner_account,
                                                                 std::string_view thing_name) const {
  return all(
      std::move(
          connection_.query(XL_CUSTODY_COLUMNS "where owner_account = $1 and thing_name = $2 order by fingerprint")
              .bind(owner_account)
              .bind(thing_name)),
      read_custody);
}

Status SqlCustodyLedger::store_state(const cloud::Custody& custody) {
  const bool is_first = custody.epoch == 1;
  auto changed =
      is_first ? connection_
                     .query(
                         "insert into custody(fingerprint, thing_name, vendor_account, owner_account, status, epoch, "
                         "public_key) values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing")
                     .bind(custody.fingerprint)
                     .bind(custody.thing_name)
                     .bind(custody.vendor_account)
                     .bind(custody.owner_account)
                     .bind(static_cast<std::int64_t>(custody.status))
                     .bind(custody.epoch)
                     .bind(custody.public_key)
                     .run()
               : connection_
                     .query(
                         "update custody set thing_name = $2, vendor_account = $3, owner_account = $4, status = $5, "
                         "epoch = $6, public_key = case public_key when '' then $7 else public_key end "
                         "where fingerprint = $1 and epoch = $6 - 1")
                     .bind(custody.fingerprint)
                     .bind(custody.thing_name)
                     .bind(custody.vendor_account)
                     .bind(custody.owner_account)
                     .bind(static_cast<std::int64_t>(custody.status))
                     .bind(custody.epoch)
                     .bind(custody.public_key)
                     .run();
  XL_TRY(const std::int64_t rows, std::move(changed));
  if (rows == 0) return fail(Error::conflict("custody of " + custody.fingerprint + " has changed meanwhile"));
  return {};
}

Result<std::string> SqlCustodyLedger::last_hash(std::string_view fingerprint) const {
  auto query = connection_.query("select hash from custody_log where fingerprint = $1 order by epoch desc limit 1");
  query.bind(fingerprint);
  XL_TRY(const auto row, query.step());
  return row ? row->text(0) : first_custody_hash();
}

Status SqlCustodyLedger::change(const cloud::Custody& custody, std::string_view reason, UnixMillis now) {
  XL_CHECK(store_state(custody));
  cloud::CustodyEntry entry;
  entry.fingerprint = custody.fingerprint;
  entry.thing_name = custody.thing_name;
  entry.vendor_account = custody.vendor_account;
  entry.owner_account = custody.owner_account;
  entry.status = custody.status;
  entry.epoch = custody.epoch;
  entry.reason = reason;
  entry.at = now;
  if (custody.epoch == 1) {
    entry.previous_hash = first_custody_hash();
  } else {
    XL_TRY(entry.previous_hash, last_hash(custody.fingerprint));
  }
  entry.hash = custody_hash(entry);
  return append(entry);
}

Status SqlCustodyLedger::replay(const cloud::CustodyEntry& entry, std::string_view public_key) {
  XL_TRY(const std::string previous, last_hash(entry.fingerprint));
  if (entry.previous_hash != previous || entry.hash != custody_hash(entry))
    return fail(Error::conflict("the entry does not continue the custody of " + entry.fingerprint));
  XL_CHECK(store_state({entry.fingerprint, entry.thing_name, entry.vendor_account, entry.owner_account, entry.status,
                        entry.epoch, std::string(public_key)}));
  return append(entry);
}

Status SqlCustodyLedger::append(const cloud::CustodyEntry& entry) {
  XL_CHECK(connection_
               .query("insert into custody_log(fingerprint, thing_name, vendor_account, owner_account, status, epoch, "
                      "reason, at, previous_hash, hash) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
               .bind(entry.fingerprint)
               .bind(entry.thing_name)
               .bind(entry.vendor_account)
               .bind(entry.owner_account)
               .bind(static_cast<std::int64_t>(entry.status))
               .bind(entry.epoch)
               .bind(entry.reason)
               .bind(entry.at)
               .bind(entry.previous_hash)
               .bind(entry.hash)
               .run());
  changes_.add(entry.fingerprint);
  return {};
}

Result<std::vector<cloud::CustodyEntry>> SqlCustodyLedger::history(std::string_view fingerprint) const {
  return all(
      std::move(connection_.query(XL_CUSTODY_ENTRY_COLUMNS "where fingerprint = $1 order by epoch").bind(fingerprint)),
      read_custody_entry);
}

Result<std::vector<cloud::Numbered<cloud::CustodyEntry>>> SqlCustodyLedger::entries_after(std::int64_t number,
                                                                                          std::size_t limit) const {
  return all(std::move(connection_
                           .query("select " XL_CUSTODY_ENTRY_MEMBERS
                                  ", rowid from custody_log where rowid > $1 order by rowid limit $2")
                           .bind(number)
                           .bind(static_cast<std::int64_t>(limit))),
             [](const sql::Row& row) {
               return cloud::Numbered<cloud::CustodyEntry>{row.integer(10), read_custody_entry(row)};
             });
}

}  // namespace xl::store
