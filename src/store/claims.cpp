// SPDX-License-Identifier: Apache-2.0
// Claims with their histories, and the installation's run time, which their deadlines count.
#include "store/claim_rows.hpp"
#include "store/repositories.hpp"

namespace xl::store {

cloud::Claim read_claim(const sql::Row& row) {
  cloud::Claim claim;
  claim.id = row.text(0);
  claim.account_id = row.text(1);
  claim.vendor_account = row.text(2);
  claim.thing_name = row.text(3);
  claim.fingerprint = row.text(4);
  claim.endpoint = row.text(5);
  claim.state = static_cast<cloud::ClaimState>(row.integer(6));
  claim.stall = static_cast<cloud::Stall>(row.integer(7));
  claim.reason = row.text(8);
  claim.epoch = row.integer(9);
  claim.notify_attempts = row.integer(10);
  claim.window_attempts = row.integer(11);
  claim.window_began = row.integer(12);
  claim.notified_session = row.text(13);
  if (!row.boolean(14)) claim.deadline = row.integer(15);
  claim.created = row.time(16);
  claim.modified = row.time(17);
  claim.template_name = row.text(18);
  return claim;
}

namespace {

cloud::ClaimEntry read_entry(const sql::Row& row) {
  return {row.text(0),
          row.integer(1),
          static_cast<cloud::ClaimState>(row.integer(2)),
          static_cast<cloud::Stall>(row.integer(3)),
          row.text(4),
          row.time(5)};
}

cloud::Numbered<cloud::ClaimEntry> read_numbered(const sql::Row& row) { return {row.integer(6), read_entry(row)}; }

std::optional<std::string> deadline_of(const cloud::Claim& claim) {
  return claim.deadline ? std::optional(std::to_string(*claim.deadline)) : std::nullopt;
}

/// Behind every id that there is, where the newest come first.
std::string_view start_of(const cloud::PageRequest& page) {
  const bool from_the_end = page.order == cloud::Order::newest_first && page.after.empty();
  return from_the_end ? "~" : std::string_view(page.after);
}

}  // namespace

Result<cloud::Claim> SqlClaims::find(std::string_view id) const {
  return one(std::move(connection_.query(XL_CLAIM_COLUMNS "where id = $1").bind(id)), read_claim, "claim", id);
}

Result<cloud::Claim> SqlClaims::live_of(std::string_view fingerprint) const {
  return one(std::move(connection_.query(XL_CLAIM_COLUMNS "where fingerprint = $1 and state <= 5").bind(fingerprint)),
             read_claim, "claim of certificate", fingerprint);
}

Result<cloud::Claim> SqlClaims::last_of(std::string_view account_id, std::string_view fingerprint) const {
  return one(
      std::move(
          connection_.query(XL_CLAIM_COLUMNS "where fingerprint = $1 and account_id = $2 order by id desc limit 1")
              .bind(fingerprint)
              .bind(account_id)),
      read_claim, "claim of certificate", fingerprint);
}

Result<cloud::Page<cloud::Claim>> SqlClaims::list(std::string_view account_id, const cloud::PageRequest& page) const {
  const bool newest = page.order == cloud::Order::newest_first;
  sql::Query query =
      connection_.query(newest ? XL_CLAIM_COLUMNS "where account_id = $1 and id < $2 order by id desc limit $3"
                               : XL_CLAIM_COLUMNS "where account_id = $1 and id > $2 order by id limit $3");
  return page_of(std::move(query.bind(account_id).bind(start_of(page)).bind(limit_of(page))), page, read_claim);
}

Result<cloud::Page<cloud::Claim>> SqlClaims::list_of_vendor(std::string_view vendor_account,
                                                            const cloud::PageRequest& page) const {
  const bool newest = page.order == cloud::Order::newest_first;
  sql::Query query =
      connection_.query(newest ? XL_CLAIM_COLUMNS "where vendor_account = $1 and id < $2 order by id desc limit $3"
                               : XL_CLAIM_COLUMNS "where vendor_account = $1 and id > $2 order by id limit $3");
  return page_of(std::move(query.bind(vendor_account).bind(start_of(page)).bind(limit_of(page))), page, read_claim);
}

Result<cloud::Page<cloud::Claim>> SqlClaims::list_in_state(cloud::ClaimState state,
                                                           const cloud::PageRequest& page) const {
  return page_of(std::move(connection_.query(XL_CLAIM_COLUMNS "where state = $1 and id > $2 order by id limit $3")
                               .bind(static_cast<std::int64_t>(state))
                               .bind(page.after)
                               .bind(limit_of(page))),
                 page, read_claim);
}

Result<std::vector<cloud::Claim>> SqlClaims::due(std::int64_t run_time, std::size_t limit) const {
  return all(std::move(connection_.query(XL_CLAIM_COLUMNS "where deadline <= $1 order by deadline limit $2")
                           .bind(run_time)
                           .bind(static_cast<std::int64_t>(limit))),
             read_claim);
}

Status SqlClaims::insert(const cloud::Claim& claim) {
  XL_CHECK(connection_
               .query("insert into claim(id, account_id, vendor_account, thing_name, fingerprint, endpoint, state, "
                      "stall, reason, epoch, notify_attempts, window_attempts, window_began, notified_session, "
                      "deadline, created, modified, template_name) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                      "$11, $12, $13, $14, cast($15 as bigint), $16, $17, $18)")
               .bind(claim.id)
               .bind(claim.account_id)
               .bind(claim.vendor_account)
               .bind(claim.thing_name)
               .bind(claim.fingerprint)
               .bind(claim.endpoint)
               .bind(static_cast<std::int64_t>(claim.state))
               .bind(static_cast<std::int64_t>(claim.stall))
               .bind(claim.reason)
               .bind(claim.epoch)
               .bind(claim.notify_attempts)
               .bind(claim.window_attempts)
               .bind(claim.window_began)
               .bind(claim.notified_session)
               .bind(deadline_of(claim))
               .bind(claim.created)
               .bind(claim.modified)
               .bind(claim.template_name)
               .run());
  return append(claim);
}

Status SqlClaims::update(const cloud::Claim& claim) {
  XL_TRY(const std::int64_t rows,
         connection_
             .query("update claim set state = $2, stall = $3, reason = $4, epoch = $5, notify_attempts = $6, "
                    "window_attempts = $7, window_began = $8, notified_session = $9, deadline = cast($10 as bigint), "
                    "modified = $11 where id = $1 and epoch = $5 - 1")
             .bind(claim.id)
             .bind(static_cast<std::int64_t>(claim.state))
             .bind(static_cast<std::int64_t>(claim.stall))
             .bind(claim.reason)
             .bind(claim.epoch)
             .bind(claim.notify_attempts)
             .bind(claim.window_attempts)
             .bind(claim.window_began)
             .bind(claim.notified_session)
             .bind(deadline_of(claim))
             .bind(claim.modified)
             .run());
  if (rows == 0) return fail(Error::conflict("claim " + claim.id + " has changed meanwhile"));
  return append(claim);
}

Status SqlClaims::append(const cloud::Claim& claim) {
  XL_CHECK(connection_
               .query("insert into claim_log(claim_id, epoch, state, stall, reason, at) values($1, $2, $3, $4, $5, $6)")
               .bind(claim.id)
               .bind(claim.epoch)
               .bind(static_cast<std::int64_t>(claim.state))
               .bind(static_cast<std::int64_t>(claim.stall))
               .bind(claim.reason)
               .bind(claim.modified)
               .run());
  changes_.add(claim.fingerprint);
  return {};
}

Result<std::vector<cloud::ClaimEntry>> SqlClaims::history(std::string_view id) const {
  return all(std::move(connection_
                           .query("select claim_id, epoch, state, stall, reason, at from claim_log "
                                  "where claim_id = $1 order by epoch")
                           .bind(id)),
             read_entry);
}

Result<std::vector<cloud::Numbered<cloud::ClaimEntry>>> SqlClaims::entries_after(std::int64_t number,
                                                                                 std::size_t limit) const {
  return all(std::move(connection_
                           .query("select claim_id, epoch, state, stall, reason, at, rowid from claim_log "
                                  "where rowid > $1 order by rowid limit $2")
                           .bind(number)
                           .bind(static_cast<std::int64_t>(limit))),
             read_numbered);
}

Result<std::int64_t> SqlClaims::last_entry() const {
  auto query = connection_.query("select coalesce(max(rowid), 0) from claim_log");
  XL_TRY(const auto row, query.step());
  return row ? row->integer(0) : 0;
}

Result<std::int64_t> SqlClaims::run_time() const {
  auto query = connection_.query("select millis from run_time");
  XL_TRY(const auto row, query.step());
  return row ? row->integer(0) : 0;
}

Status SqlClaims::add_run_time(std::int64_t millis) {
  XL_CHECK(connection_.query("update run_time set millis = millis + $1").bind(millis).run());
  return {};
}

}  // namespace xl::store
