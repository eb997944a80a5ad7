// SPDX-License-Identifier: Apache-2.0
#include "store/changes.hpp"

#include <set>

namespace xl::store {

Status ChangeNotes::add_thing(std::string_view account_id, std::string_view thing) {
  auto query =
      connection_.query("select certificate_id from thing_principal where account_id = $1 and thing_name = $2");
  return add_all(query.bind(account_id).bind(thing));
}

Status ChangeNotes::add_policy(std::string_view account_id, std::string_view policy) {
  constexpr std::int64_t kNamedMax = 1000;
  auto count = connection_.query(
      "select (select count(*) from (select 1 from policy_target where account_id = $1 and policy_name = $2 limit $3) "
      "n), "
      "(select count(*) from policy_group where account_id = $1 and policy_name = $2)");
  XL_TRY(const auto row, count.bind(account_id).bind(policy).bind(kNamedMax + 1).step());
  if (row->integer(0) > kNamedMax || row->integer(1) > 0) {
    add_account(account_id);
    return {};
  }
  auto query = connection_.query("select certificate_id from policy_target where account_id = $1 and policy_name = $2");
  return add_all(query.bind(account_id).bind(policy));
}

Status ChangeNotes::add_all(sql::Query& certificates) {
  for (;;) {
    XL_TRY(const auto row, certificates.step());
    if (!row) return {};
    add(row->text(0));
  }
}

Status ChangeNotes::write() const {
  for (const std::string_view certificate : std::set<std::string_view>(certificates_.begin(), certificates_.end())) {
    XL_CHECK(connection_
                 .query("insert into change_log(number, certificate_id) "
                        "select coalesce(max(number), 0) + 1, $1 from change_log")
                 .bind(certificate)
                 .run());
  }
  for (const std::string_view account : std::set<std::string_view>(accounts_.begin(), accounts_.end())) {
    XL_CHECK(connection_
                 .query("insert into change_log(number, certificate_id, account_id) "
                        "select coalesce(max(number), 0) + 1, '', $1 from change_log")
                 .bind(account)
                 .run());
  }
  return {};
}

void ChangeNotes::clear() {
  certificates_.clear();
  accounts_.clear();
}

Result<cloud::Changes> changes_after(sql::Connection& connection, std::int64_t number) {
  cloud::Changes changes{.last = number, .is_complete = true, .certificates = {}, .accounts = {}};
  // One row more than is new: when even the last one seen is gone, others may be gone with it.
  auto query =
      connection.query("select number, certificate_id, account_id from change_log where number >= $1 order by number");
  query.bind(number);
  for (bool is_first = true;; is_first = false) {
    XL_TRY(const auto row, query.step());
    if (!row) return changes;
    if (is_first) changes.is_complete = row->integer(0) <= number || row->integer(0) == 1;
    if (row->integer(0) <= number) continue;
    changes.last = row->integer(0);
    if (auto account = row->optional_text(2)) {
      changes.accounts.push_back(*std::move(account));
    } else {
      changes.certificates.push_back(row->text(1));
    }
  }
}

Status forget_old_changes(sql::Connection& connection) {
  XL_CHECK(
      connection.query("delete from change_log where number < (select max(number) from change_log) - 20000").run());
  return {};
}

}  // namespace xl::store
