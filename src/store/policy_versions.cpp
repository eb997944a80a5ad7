// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "store/repositories.hpp"

namespace xl::store {
namespace {

/// A version's id is its number; any other text names none.
std::int64_t number_of(std::string_view version) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  return error == std::errc{} && end == version.data() + version.size() ? number : 0;
}

}  // namespace

Status insert_policy_version(sql::Connection& connection, std::string_view account_id, std::string_view policy,
                             std::int64_t number, std::string_view document, UnixMillis now) {
  XL_CHECK(connection
               .query("insert into policy_version(account_id, policy_name, number, document, created) "
                      "values($1, $2, $3, $4, $5)")
               .bind(account_id)
               .bind(policy)
               .bind(number)
               .bind(document)
               .bind(now)
               .run());
  return {};
}

Result<std::vector<cloud::PolicyVersion>> SqlPolicies::versions(std::string_view account_id,
                                                                std::string_view policy) const {
  return all(std::move(connection_
                           .query("select number, document, created from policy_version where account_id = $1 and "
                                  "policy_name = $2 order by number")
                           .bind(account_id)
                           .bind(policy)),
             [](const sql::Row& row) {
               return cloud::PolicyVersion{std::to_string(row.integer(0)), row.text(1), row.time(2)};
             });
}

Result<std::string> SqlPolicies::add_version(std::string_view account_id, std::string_view policy,
                                             std::string_view document, UnixMillis now) {
  XL_CHECK(changed_one(
      connection_.query("update policy set last_version = last_version + 1 where account_id = $1 and name = $2")
          .bind(account_id)
          .bind(policy)
          .run(),
      "Policy", policy));
  auto query = connection_.query("select last_version from policy where account_id = $1 and name = $2");
  XL_TRY(const std::int64_t number, one(
                                        std::move(query.bind(account_id).bind(policy)),
                                        [](const sql::Row& row) { return row.integer(0); }, "Policy", policy));
  XL_CHECK(insert_policy_version(connection_, account_id, policy, number, document, now));
  return std::to_string(number);
}

Status SqlPolicies::remove_version(std::string_view account_id, std::string_view policy, std::string_view version) {
  return changed_one(
      connection_.query("delete from policy_version where account_id = $1 and policy_name = $2 and number = $3")
          .bind(account_id)
          .bind(policy)
          .bind(number_of(version))
          .run(),
      "Policy version", version);
}

Status SqlPolicies::set_default(std::string_view account_id, std::string_view policy, std::string_view version,
                                UnixMillis now) {
  XL_CHECK(changed_one(
      connection_
          .query("update policy set default_version = $3, document = v.document, modified = $4 from policy_version v "
                 "where policy.account_id = $1 and policy.name = $2 and v.account_id = $1 and v.policy_name = $2 and "
                 "v.number = $5")
          .bind(account_id)
          .bind(policy)
          .bind(version)
          .bind(now)
          .bind(number_of(version))
          .run(),
      "Policy version", version));
  return changes_.add_policy(account_id, policy);
}

}  // namespace xl::store
