// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_POLICY_COLUMNS "select p.account_id, p.name, p.document, p.default_version, p.created, p.modified from "

cloud::Policy read_policy(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.time(4), row.time(5)};
}

}  // namespace

Result<cloud::Policy> SqlPolicies::find(std::string_view account_id, std::string_view name) const {
  return one(std::move(connection_.query(XL_POLICY_COLUMNS "policy p where p.account_id = $1 and p.name = $2")
                           .bind(account_id)
                           .bind(name)),
             read_policy, "Policy", name);
}

Result<cloud::Page<cloud::Policy>> SqlPolicies::list(std::string_view account_id,
                                                     const cloud::PageRequest& page) const {
#define XL_OF_ACCOUNT XL_POLICY_COLUMNS "policy p where p.account_id = $1"
  constexpr auto kOldestFirst = XL_OLDEST_FIRST(XL_OF_ACCOUNT, "p.created", "p.name");
  constexpr auto kNewestFirst = XL_NEWEST_FIRST(XL_OF_ACCOUNT, "p.created", "p.name");
  if (page.order != cloud::Order::key)
    return page_of(by_creation(connection_, kOldestFirst, kNewestFirst, account_id, page), page, read_policy);
  return page_of(std::move(connection_
                               .query(XL_POLICY_COLUMNS
                                      "policy p where p.account_id = $1 and p.name > $2 order by p.name limit $3")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(limit_of(page))),
                 page, read_policy);
}

Status SqlPolicies::insert(const cloud::Policy& policy) {
  XL_CHECK(inserted(connection_
                        .query("insert into policy(account_id, name, document, default_version, created, modified, "
                               "last_version) values($1, $2, $3, '1', $4, $5, 1)")
                        .bind(policy.account_id)
                        .bind(policy.name)
                        .bind(policy.document)
                        .bind(policy.created)
                        .bind(policy.modified)
                        .run(),
                    "Policy", policy.name));
  return insert_policy_version(connection_, policy.account_id, policy.name, 1, policy.document, policy.created);
}

Status SqlPolicies::attach(std::string_view account_id, std::string_view policy, std::string_view certificate_id) {
  XL_CHECK(connection_
               .query("insert into policy_target(account_id, policy_name, certificate_id) values($1, $2, $3) "
                      "on conflict do nothing")
               .bind(account_id)
               .bind(policy)
               .bind(certificate_id)
               .run());
  changes_.add(certificate_id);
  return {};
}

Status SqlPolicies::detach(std::string_view account_id, std::string_view policy, std::string_view certificate_id) {
  XL_CHECK(
      connection_.query("delete from policy_target where account_id = $1 and policy_name = $2 and certificate_id = $3")
          .bind(account_id)
          .bind(policy)
          .bind(certificate_id)
          .run());
  changes_.add(certificate_id);
  return {};
}

Result<std::vector<cloud::Policy>> SqlPolicies::attached_to(std::string_view account_id,
                                                            std::string_view certificate_id) const {
  // SQLite would rather go through all policies of the account, which are in the order that is wanted: a cross join
  // keeps its sides as they are written.
  return all(std::move(connection_
                           .query(XL_POLICY_COLUMNS
                                  "policy_target t cross join policy p "
                                  "where t.account_id = $1 and t.certificate_id = $2 and p.account_id = t.account_id "
                                  "and p.name = t.policy_name order by t.policy_name")
                           .bind(account_id)
                           .bind(certificate_id)),
             read_policy);
}

Status SqlPolicies::attach_to_group(std::string_view account_id, std::string_view policy, std::string_view group) {
  XL_CHECK(connection_
               .query("insert into policy_group(account_id, policy_name, group_name) values($1, $2, $3) "
                      "on conflict do nothing")
               .bind(account_id)
               .bind(policy)
               .bind(group)
               .run());
  changes_.add_account(account_id);
  return {};
}

Status SqlPolicies::detach_from_group(std::string_view account_id, std::string_view policy, std::string_view group) {
  XL_CHECK(connection_.query("delete from policy_group where account_id = $1 and policy_name = $2 and group_name = $3")
               .bind(account_id)
               .bind(policy)
               .bind(group)
               .run());
  changes_.add_account(account_id);
  return {};
}

Result<std::vector<cloud::Policy>> SqlPolicies::attached_to_group(std::string_view account_id,
                                                                  std::string_view group) const {
  return all(
      std::move(connection_
                    .query(XL_POLICY_COLUMNS
                           "policy p join policy_group g on g.account_id = p.account_id and g.policy_name = p.name "
                           "where g.account_id = $1 and g.group_name = $2 order by p.name")
                    .bind(account_id)
                    .bind(group)),
      read_policy);
}

Result<std::vector<cloud::Policy>> SqlPolicies::effective_for(std::string_view account_id,
                                                              std::string_view certificate_id) const {
  return all(
      std::move(connection_
                    .query("with recursive line(name) as ("
                           "select m.group_name from thing_principal p join thing_group_member m "
                           "on m.account_id = p.account_id and m.thing_name = p.thing_name "
                           "where p.account_id = $1 and p.certificate_id = $2 union "
                           "select g.parent from line l join thing_group g on g.account_id = $1 and g.name = l.name "
                           "where g.parent is not null) " XL_POLICY_COLUMNS
                           "policy p where p.account_id = $1 and p.name in ("
                           "select policy_name from policy_target where account_id = $1 and certificate_id = $2 union "
                           "select policy_name from policy_group where account_id = $1 and "
                           "group_name in (select name from line)) order by p.name")
                    .bind(account_id)
                    .bind(certificate_id)),
      read_policy);
}

Result<cloud::Page<std::string>> SqlPolicies::targets(std::string_view account_id, std::string_view policy,
                                                      const cloud::PageRequest& page) const {
  constexpr std::string_view kCertificate = "cert/", kGroup = "thinggroup/";
  const std::string_view after = page.after;
  const bool in_groups = after.starts_with(kGroup);
  return page_of(
      std::move(connection_
                    .query("select target from ("
                           "select 'cert/' || certificate_id as target, certificate_id as name, 1 as kind from "
                           "policy_target where account_id = $1 and policy_name = $2 and $3 = 0 and "
                           "certificate_id > $4 union all "
                           "select 'thinggroup/' || group_name, group_name, 2 from policy_group where "
                           "account_id = $1 and policy_name = $2 and group_name > $5) order by kind, name limit $6")
                    .bind(account_id)
                    .bind(policy)
                    .bind(in_groups)
                    .bind(in_groups ? after : after.substr(std::min(kCertificate.size(), after.size())))
                    .bind(in_groups ? after.substr(kGroup.size()) : std::string_view())
                    .bind(limit_of(page))),
      page, read_first_text);
}

Status SqlPolicies::remove(std::string_view account_id, std::string_view policy) {
  XL_CHECK(connection_.query("delete from policy_version where account_id = $1 and policy_name = $2")
               .bind(account_id)
               .bind(policy)
               .run());
  return changed_one(
      connection_.query("delete from policy where account_id = $1 and name = $2").bind(account_id).bind(policy).run(),
      "Policy", policy);
}

}  // namespace xl::store
