// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_FINDING_COLUMNS \
  "select id, account_id, kind, subject, thing_name, evidence, count, first_seen, last_seen, is_open from finding "

cloud::Finding read_finding(const sql::Row& row) {
  return {row.text(0),    row.text(1), static_cast<cloud::FindingKind>(row.integer(2)),
          row.text(3),    row.text(4), row.text(5),
          row.integer(6), row.time(7), row.time(8),
          row.boolean(9)};
}

}  // namespace

Result<cloud::Finding> SqlFindings::find(std::string_view account_id, std::string_view id) const {
  return one(
      std::move(connection_.query(XL_FINDING_COLUMNS "where account_id = $1 and id = $2").bind(account_id).bind(id)),
      read_finding, "finding", id);
}

Result<cloud::Page<cloud::Finding>> SqlFindings::list(std::string_view account_id, bool with_closed,
                                                      const cloud::PageRequest& page) const {
  return page_of(std::move(connection_
                               .query(XL_FINDING_COLUMNS
                                      "where account_id = $1 and id > $2 and is_open >= $3 order by id limit $4")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(!with_closed)
                               .bind(limit_of(page))),
                 page, read_finding);
}

Result<bool> SqlFindings::note(const cloud::Finding& finding) {
  XL_TRY(const std::int64_t again,
         connection_
             .query("update finding set count = count + 1, evidence = $4, thing_name = $5, last_seen = $6 "
                    "where account_id = $1 and kind = $2 and subject = $3 and is_open = 1")
             .bind(finding.account_id)
             .bind(static_cast<std::int64_t>(finding.kind))
             .bind(finding.subject)
             .bind(finding.evidence)
             .bind(finding.thing_name)
             .bind(finding.last_seen)
             .run());
  if (again > 0) return false;
  XL_CHECK(connection_
               .query("insert into finding(account_id, id, kind, subject, thing_name, evidence, count, first_seen, "
                      "last_seen, is_open) values($1, $2, $3, $4, $5, $6, 1, $7, $8, 1)")
               .bind(finding.account_id)
               .bind(finding.id)
               .bind(static_cast<std::int64_t>(finding.kind))
               .bind(finding.subject)
               .bind(finding.thing_name)
               .bind(finding.evidence)
               .bind(finding.first_seen)
               .bind(finding.last_seen)
               .run());
  return true;
}

Status SqlFindings::close(std::string_view account_id, std::string_view id) {
  XL_CHECK(find(account_id, id));
  XL_CHECK(connection_.query("update finding set is_open = 0 where account_id = $1 and id = $2")
               .bind(account_id)
               .bind(id)
               .run());
  return {};
}

Result<std::map<cloud::FindingKind, std::int64_t>> SqlFindings::open_counts() const {
  XL_TRY(const auto counts, all(connection_.query("select kind, count(*) from finding where is_open = 1 group by kind"),
                                [](const sql::Row& row) { return std::pair(row.integer(0), row.integer(1)); }));
  std::map<cloud::FindingKind, std::int64_t> out;
  for (const auto& [kind, count] : counts) out[static_cast<cloud::FindingKind>(kind)] = count;
  return out;
}

Result<cloud::ResetRule> SqlResetRules::find(std::string_view account_id, std::string_view fingerprint) const {
  return one(
      std::move(connection_
                    .query("select account_id, fingerprint, rule, hold, reset_at is null, reset_at "
                           "from reset_rule where account_id = $1 and fingerprint = $2")
                    .bind(account_id)
                    .bind(fingerprint)),
      [](const sql::Row& row) {
        cloud::ResetRule rule{row.text(0), row.text(1), static_cast<cloud::OnReset>(row.integer(2)),
                              std::chrono::milliseconds(row.integer(3)), std::nullopt};
        if (!row.boolean(4)) rule.reset_at = row.integer(5);
        return rule;
      },
      "reset rule of certificate", fingerprint);
}

Status SqlResetRules::put(const cloud::ResetRule& rule) {
  const auto reset_at = rule.reset_at ? std::optional(std::to_string(*rule.reset_at)) : std::nullopt;
  XL_CHECK(connection_
               .query("insert into reset_rule(account_id, fingerprint, rule, hold, reset_at) "
                      "values($1, $2, $3, $4, cast($5 as bigint)) on conflict(account_id, fingerprint) do update set "
                      "rule = excluded.rule, hold = excluded.hold, reset_at = excluded.reset_at")
               .bind(rule.account_id)
               .bind(rule.fingerprint)
               .bind(static_cast<std::int64_t>(rule.rule))
               .bind(rule.hold.count())
               .bind(reset_at)
               .run());
  return {};
}

Status SqlResetRules::remove(std::string_view account_id, std::string_view fingerprint) {
  XL_CHECK(connection_.query("delete from reset_rule where account_id = $1 and fingerprint = $2")
               .bind(account_id)
               .bind(fingerprint)
               .run());
  return {};
}

Result<std::int64_t> SqlCursors::find(std::string_view name) const {
  auto query = connection_.query("select number from log_cursor where name = $1");
  XL_TRY(const auto row, query.bind(name).step());
  return row ? row->integer(0) : 0;
}

Status SqlCursors::put(std::string_view name, std::int64_t number) {
  XL_CHECK(connection_
               .query("insert into log_cursor(name, number) values($1, $2) on conflict(name) do update set "
                      "number = excluded.number")
               .bind(name)
               .bind(number)
               .run());
  return {};
}

}  // namespace xl::store
