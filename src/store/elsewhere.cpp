// SPDX-License-Identifier: Apache-2.0
// Accounts that stand in for others elsewhere, and the outbox of what is to be done there.
#include "base/text.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_ERRAND_COLUMNS                                                                                              \
  "select account_id, fingerprint, thing_name, claim_id, stage, version, is_sent, keeps_thing, seen_before, problem, " \
  "modified, rowid from errand "

cloud::Errand read_errand(const sql::Row& row) {
  return {
      row.text(0),    row.text(1),    row.text(2),    row.text(3),    static_cast<cloud::ErrandStage>(row.integer(4)),
      row.integer(5), row.boolean(6), row.boolean(7), row.integer(8), row.text(9),
      row.time(10)};
}

cloud::Elsewhere read_elsewhere(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2),    row.text(3), hex_decode(row.text(4)).value_or(""),
          row.text(5), row.text(6), row.integer(7), row.text(8), row.time(9)};
}

}  // namespace

Result<cloud::Elsewhere> SqlElsewhereAccounts::find(std::string_view account_id) const {
  return one(std::move(connection_
                           .query("select account_id, url, region, access_key_id, sealed_secret, root_ca_pem, "
                                  "endpoint, port, policy, modified from elsewhere where account_id = $1")
                           .bind(account_id)),
             read_elsewhere, "account elsewhere of", account_id);
}

Status SqlElsewhereAccounts::put(const cloud::Elsewhere& elsewhere) {
  XL_CHECK(connection_
               .query("insert into elsewhere(account_id, url, region, access_key_id, sealed_secret, root_ca_pem, "
                      "endpoint, port, policy, modified) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
                      "on conflict(account_id) do update set url = excluded.url, region = excluded.region, "
                      "access_key_id = excluded.access_key_id, sealed_secret = excluded.sealed_secret, "
                      "root_ca_pem = excluded.root_ca_pem, endpoint = excluded.endpoint, port = excluded.port, "
                      "policy = excluded.policy, modified = excluded.modified")
               .bind(elsewhere.account_id)
               .bind(elsewhere.url)
               .bind(elsewhere.region)
               .bind(elsewhere.access_key_id)
               .bind(hex_encode(as_bytes(elsewhere.sealed_secret)))
               .bind(elsewhere.root_ca_pem)
               .bind(elsewhere.endpoint)
               .bind(elsewhere.port)
               .bind(elsewhere.policy)
               .bind(elsewhere.modified)
               .run());
  return {};
}

Result<cloud::Errand> SqlErrands::find(std::string_view account_id, std::string_view fingerprint) const {
  return one(std::move(connection_.query(XL_ERRAND_COLUMNS "where account_id = $1 and fingerprint = $2")
                           .bind(account_id)
                           .bind(fingerprint)),
             read_errand, "errand for certificate", fingerprint);
}

Result<std::vector<cloud::Numbered<cloud::Errand>>> SqlErrands::in_stage(cloud::ErrandStage stage, std::int64_t number,
                                                                         std::size_t limit) const {
  return all(std::move(connection_.query(XL_ERRAND_COLUMNS "where stage = $1 and rowid > $2 order by rowid limit $3")
                           .bind(static_cast<std::int64_t>(stage))
                           .bind(number)
                           .bind(static_cast<std::int64_t>(limit))),
             [](const sql::Row& row) { return cloud::Numbered<cloud::Errand>{row.integer(11), read_errand(row)}; });
}

Status SqlErrands::put(const cloud::Errand& errand) {
  XL_TRY(const std::int64_t rows,
         connection_
             .query("insert into errand(account_id, fingerprint, thing_name, claim_id, stage, version, is_sent, "
                    "keeps_thing, seen_before, problem, modified) select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 "
                    "where $6 = 1 or exists (select 1 from errand where account_id = $1 and fingerprint = $2) "
                    "on conflict(account_id, fingerprint) do update set thing_name = excluded.thing_name, "
                    "claim_id = excluded.claim_id, stage = excluded.stage, version = excluded.version, "
                    "is_sent = excluded.is_sent, keeps_thing = excluded.keeps_thing, seen_before = "
                    "excluded.seen_before, problem = excluded.problem, "
                    "modified = excluded.modified where errand.version = excluded.version - 1")
             .bind(errand.account_id)
             .bind(errand.fingerprint)
             .bind(errand.thing_name)
             .bind(errand.claim_id)
             .bind(static_cast<std::int64_t>(errand.stage))
             .bind(errand.version)
             .bind(errand.is_sent)
             .bind(errand.keeps_thing)
             .bind(errand.seen_before)
             .bind(errand.problem)
             .bind(errand.modified)
             .run());
  if (rows == 0)
    return fail(Error::conflict("the errand for certificate " + errand.fingerprint + " has changed meanwhile"));
  return {};
}

Status SqlErrands::remove(const cloud::Errand& errand) {
  XL_TRY(const std::int64_t rows,
         connection_.query("delete from errand where account_id = $1 and fingerprint = $2 and version = $3")
             .bind(errand.account_id)
             .bind(errand.fingerprint)
             .bind(errand.version)
             .run());
  if (rows == 0)
    return fail(Error::conflict("the errand for certificate " + errand.fingerprint + " has changed meanwhile"));
  return {};
}

Result<std::map<cloud::ErrandStage, std::int64_t>> SqlErrands::counts() const {
  XL_TRY(const auto rows, all(connection_.query("select stage, count(*) from errand group by stage"),
                              [](const sql::Row& row) { return std::pair(row.integer(0), row.integer(1)); }));
  std::map<cloud::ErrandStage, std::int64_t> out;
  for (const auto& [stage, count] : rows) out[static_cast<cloud::ErrandStage>(stage)] = count;
  return out;
}

}  // namespace xl::store
