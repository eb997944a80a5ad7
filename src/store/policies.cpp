// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_POLICY_COLUMNS "select p.account_id, p.name, p.document, p.default_version, p.created, p.modified from "

cloud::Policy read_policy(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3), row.time(4), row.time(5)};
}

#define XL_TEMPLATE_COLUMNS                                                                                       \
  "select account_id, name, type, body, description, role_arn, enabled, default_version, created, modified from " \
  "provisioning_template "

cloud::ProvisioningTemplate read_template(const sql::Row& row) {
  return {row.text(0),    row.text(1),    static_cast<cloud::TemplateType>(row.integer(2)),
          row.text(3),    row.text(4),    row.text(5),
          row.boolean(6), row.integer(7), row.time(8),
          row.time(9)};
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
  return page_of(std::move(connection_
                               .query(XL_POLICY_COLUMNS
                                      "policy p where p.account_id = $1 and p.name > $2 order by p.name limit $3")
                               .bind(account_id)
                               .bind(page.after)
                               .bind(limit_of(page))),
                 page, read_policy);
}

Status SqlPolicies::insert(const cloud::Policy& policy) {
  return inserted(connection_
                      .query("insert into policy(account_id, name, document, default_version, created, modified) "
                             "values($1, $2, $3, $4, $5, $6)")
                      .bind(policy.account_id)
                      .bind(policy.name)
                      .bind(policy.document)
                      .bind(policy.default_version)
                      .bind(policy.created)
                      .bind(policy.modified)
                      .run(),
                  "Policy", policy.name);
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

Result<cloud::ProvisioningTemplate> SqlTemplates::find(std::string_view account_id, std::string_view name) const {
  return one(
      std::move(
          connection_.query(XL_TEMPLATE_COLUMNS "where account_id = $1 and name = $2").bind(account_id).bind(name)),
      read_template, "Template", name);
}

Result<cloud::Page<cloud::ProvisioningTemplate>> SqlTemplates::list(std::string_view account_id,
                                                                    const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_.query(XL_TEMPLATE_COLUMNS "where account_id = $1 and name > $2 order by name limit $3")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_template);
}

Status SqlTemplates::insert(const cloud::ProvisioningTemplate& t) {
  return inserted(
      connection_
          .query("insert into provisioning_template(account_id, name, type, body, description, role_arn, "
                 "enabled, default_version, created, modified) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
          .bind(t.account_id)
          .bind(t.name)
          .bind(static_cast<std::int64_t>(t.type))
          .bind(t.body)
          .bind(t.description)
          .bind(t.role_arn)
          .bind(t.enabled)
          .bind(t.default_version)
          .bind(t.created)
          .bind(t.modified)
          .run(),
      "Template", t.name);
}

}  // namespace xl::store
