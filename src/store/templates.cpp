// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_TEMPLATE_COLUMNS                                                                                       \
  "select account_id, name, type, body, description, role_arn, enabled, default_version, created, modified from " \
  "provisioning_template "

Status insert_version(sql::Connection& connection, std::string_view account_id, std::string_view name,
                      std::int64_t number, std::string_view body, UnixMillis now) {
  XL_CHECK(connection
               .query("insert into provisioning_template_version(account_id, template_name, number, body, created) "
                      "values($1, $2, $3, $4, $5)")
               .bind(account_id)
               .bind(name)
               .bind(number)
               .bind(body)
               .bind(now)
               .run());
  return {};
}

cloud::ProvisioningTemplate read_template(const sql::Row& row) {
  return {row.text(0),    row.text(1),    static_cast<cloud::TemplateType>(row.integer(2)),
          row.text(3),    row.text(4),    row.text(5),
          row.boolean(6), row.integer(7), row.time(8),
          row.time(9)};
}

}  // namespace

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
  XL_CHECK(inserted(
      connection_
          .query(
              "insert into provisioning_template(account_id, name, type, body, description, role_arn, enabled, "
              "default_version, created, modified, last_version) values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8)")
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
      "Template", t.name));
  return insert_version(connection_, t.account_id, t.name, t.default_version, t.body, t.created);
}

Status SqlTemplates::update(const cloud::ProvisioningTemplate& changed) {
  return changed_one(connection_
                         .query("update provisioning_template set description = $3, role_arn = $4, enabled = $5, "
                                "modified = $6 where account_id = $1 and name = $2")
                         .bind(changed.account_id)
                         .bind(changed.name)
                         .bind(changed.description)
                         .bind(changed.role_arn)
                         .bind(changed.enabled)
                         .bind(changed.modified)
                         .run(),
                     "Template", changed.name);
}

Status SqlTemplates::remove(std::string_view account_id, std::string_view name) {
  XL_CHECK(connection_.query("delete from provisioning_template_version where account_id = $1 and template_name = $2")
               .bind(account_id)
               .bind(name)
               .run());
  return changed_one(connection_.query("delete from provisioning_template where account_id = $1 and name = $2")
                         .bind(account_id)
                         .bind(name)
                         .run(),
                     "Template", name);
}

Result<std::vector<cloud::TemplateVersion>> SqlTemplates::versions(std::string_view account_id,
                                                                   std::string_view name) const {
  return all(std::move(connection_
                           .query("select number, body, created from provisioning_template_version "
                                  "where account_id = $1 and template_name = $2 order by number")
                           .bind(account_id)
                           .bind(name)),
             [](const sql::Row& row) { return cloud::TemplateVersion{row.integer(0), row.text(1), row.time(2)}; });
}

Result<std::int64_t> SqlTemplates::add_version(std::string_view account_id, std::string_view name,
                                               std::string_view body, UnixMillis now) {
  XL_CHECK(changed_one(connection_
                           .query("update provisioning_template set last_version = last_version + 1 "
                                  "where account_id = $1 and name = $2")
                           .bind(account_id)
                           .bind(name)
                           .run(),
                       "Template", name));
  auto query = connection_.query("select last_version from provisioning_template where account_id = $1 and name = $2");
  XL_TRY(const std::int64_t number, one(
                                        std::move(query.bind(account_id).bind(name)),
                                        [](const sql::Row& row) { return row.integer(0); }, "Template", name));
  XL_CHECK(insert_version(connection_, account_id, name, number, body, now));
  return number;
}

Status SqlTemplates::remove_version(std::string_view account_id, std::string_view name, std::int64_t version) {
  return changed_one(connection_
                         .query("delete from provisioning_template_version where account_id = $1 and "
                                "template_name = $2 and number = $3")
                         .bind(account_id)
                         .bind(name)
                         .bind(version)
                         .run(),
                     "Template version", std::to_string(version));
}

Status SqlTemplates::set_default(std::string_view account_id, std::string_view name, std::int64_t version,
                                 UnixMillis now) {
  return changed_one(
      connection_
          .query("update provisioning_template set default_version = $3, body = v.body, modified = $4 "
                 "from provisioning_template_version v where provisioning_template.account_id = $1 and "
                 "provisioning_template.name = $2 and v.account_id = $1 and v.template_name = $2 and v.number = $3")
          .bind(account_id)
          .bind(name)
          .bind(version)
          .bind(now)
          .run(),
      "Template version", std::to_string(version));
}

}  // namespace xl::store
