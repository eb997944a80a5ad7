// SPDX-License-Identifier: Apache-2.0
#include "store/attributes.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_GROUP_COLUMNS \
  "select account_id, name, id, parent, description, attributes, version, created from thing_group "

cloud::ThingGroup read_group(const sql::Row& row) {
  return {row.text(0),    row.text(1), row.text(2), row.optional_text(3), row.text(4), read_attributes(row.text(5)),
          row.integer(6), row.time(7)};
}

}  // namespace

Result<cloud::ThingGroup> SqlThingGroups::find(std::string_view account_id, std::string_view name) const {
  return one(
      std::move(connection_.query(XL_GROUP_COLUMNS "where account_id = $1 and name = $2").bind(account_id).bind(name)),
      read_group, "Thing group", name);
}

Result<cloud::Page<cloud::ThingGroup>> SqlThingGroups::list(std::string_view account_id,
                                                            const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_.query(XL_GROUP_COLUMNS "where account_id = $1 and name > $2 order by name limit $3")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_group);
}

Result<cloud::Page<cloud::ThingGroup>> SqlThingGroups::children(std::string_view account_id, std::string_view parent,
                                                                bool recursive, const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_
                    .query("with recursive below(name) as ("
                           "select name from thing_group where account_id = $1 and parent = $2 union "
                           "select g.name from below b join thing_group g on g.account_id = $1 and g.parent = b.name "
                           "where $3 = 1) " XL_GROUP_COLUMNS
                           "where account_id = $1 and name in (select name from below) and name > $4 "
                           "order by name limit $5")
                    .bind(account_id)
                    .bind(parent)
                    .bind(recursive)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_group);
}

Result<std::vector<cloud::ThingGroup>> SqlThingGroups::ancestors(std::string_view account_id,
                                                                 std::string_view name) const {
  std::vector<cloud::ThingGroup> line;
  XL_TRY(const cloud::ThingGroup group, find(account_id, name));
  for (auto parent = group.parent; parent; parent = line.back().parent) {
    XL_TRY(cloud::ThingGroup above, find(account_id, *parent));
    line.push_back(std::move(above));
  }
  return line;
}

Status SqlThingGroups::insert(const cloud::ThingGroup& group) {
  return inserted(connection_
                      .query("insert into thing_group(account_id, name, id, parent, description, attributes, version, "
                             "created) values($1, $2, $3, $4, $5, $6, $7, $8)")
                      .bind(group.account_id)
                      .bind(group.name)
                      .bind(group.id)
                      .bind(group.parent)
                      .bind(group.description)
                      .bind(write_attributes(group.attributes))
                      .bind(group.version)
                      .bind(group.created)
                      .run(),
                  "Thing group", group.name);
}

Status SqlThingGroups::update(const cloud::ThingGroup& group) {
  return changed_one(connection_
                         .query("update thing_group set description = $3, attributes = $4, version = version + 1 "
                                "where account_id = $1 and name = $2")
                         .bind(group.account_id)
                         .bind(group.name)
                         .bind(group.description)
                         .bind(write_attributes(group.attributes))
                         .run(),
                     "Thing group", group.name);
}

Status SqlThingGroups::remove(std::string_view account_id, std::string_view name) {
  XL_CHECK(connection_.query("delete from thing_group_member where account_id = $1 and group_name = $2")
               .bind(account_id)
               .bind(name)
               .run());
  XL_CHECK(connection_.query("delete from policy_group where account_id = $1 and group_name = $2")
               .bind(account_id)
               .bind(name)
               .run());
  XL_CHECK(changed_one(connection_.query("delete from thing_group where account_id = $1 and name = $2")
                           .bind(account_id)
                           .bind(name)
                           .run(),
                       "Thing group", name));
  changes_.add_account(account_id);
  return {};
}

Status SqlThingGroups::add_member(std::string_view account_id, std::string_view group, std::string_view thing) {
  XL_CHECK(connection_
               .query("insert into thing_group_member(account_id, group_name, thing_name) values($1, $2, $3) "
                      "on conflict do nothing")
               .bind(account_id)
               .bind(group)
               .bind(thing)
               .run());
  return changes_.add_thing(account_id, thing);
}

Status SqlThingGroups::remove_member(std::string_view account_id, std::string_view group, std::string_view thing) {
  XL_CHECK(
      connection_.query("delete from thing_group_member where account_id = $1 and group_name = $2 and thing_name = $3")
          .bind(account_id)
          .bind(group)
          .bind(thing)
          .run());
  return changes_.add_thing(account_id, thing);
}

Result<std::vector<std::string>> SqlThingGroups::groups_of(std::string_view account_id, std::string_view thing) const {
  return all(std::move(connection_
                           .query("select group_name from thing_group_member where account_id = $1 and thing_name = $2 "
                                  "order by group_name")
                           .bind(account_id)
                           .bind(thing)),
             read_first_text);
}

Result<cloud::Page<std::string>> SqlThingGroups::members(std::string_view account_id, std::string_view group,
                                                         bool recursive, const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_
                    .query("with recursive below(name) as (select cast($2 as text) union "
                           "select g.name from below b join thing_group g on g.account_id = $1 and g.parent = b.name "
                           "where $3 = 1) "
                           "select distinct thing_name from thing_group_member where account_id = $1 and "
                           "group_name in (select name from below) and thing_name > $4 order by thing_name limit $5")
                    .bind(account_id)
                    .bind(group)
                    .bind(recursive)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_first_text);
}

}  // namespace xl::store
