// SPDX-License-Identifier: Apache-2.0
#include "store/attributes.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_THING_COLUMNS "select account_id, name, id, attributes, version, created, type_name from thing "

#define XL_LINK_COLUMNS "select thing_name, certificate_id, exclusive from thing_principal "

cloud::ThingPrincipal read_link(const sql::Row& row) { return {row.text(0), row.text(1), row.boolean(2)}; }

cloud::Thing read_thing(const sql::Row& row) {
  return {row.text(0),    row.text(1), row.text(2),         read_attributes(row.text(3)),
          row.integer(4), row.time(5), row.optional_text(6)};
}

}  // namespace

Result<cloud::Thing> SqlThings::find(std::string_view account_id, std::string_view name) const {
  return one(
      std::move(connection_.query(XL_THING_COLUMNS "where account_id = $1 and name = $2").bind(account_id).bind(name)),
      read_thing, "Thing", name);
}

Result<cloud::Page<cloud::Thing>> SqlThings::list(std::string_view account_id, const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_.query(XL_THING_COLUMNS "where account_id = $1 and name > $2 order by name limit $3")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_thing);
}

Status SqlThings::insert(const cloud::Thing& thing) {
  return inserted(connection_
                      .query("insert into thing(account_id, name, id, attributes, version, created, type_name) "
                             "values($1, $2, $3, $4, $5, $6, $7)")
                      .bind(thing.account_id)
                      .bind(thing.name)
                      .bind(thing.id)
                      .bind(write_attributes(thing.attributes))
                      .bind(thing.version)
                      .bind(thing.created)
                      .bind(thing.type_name)
                      .run(),
                  "Thing", thing.name);
}

Status SqlThings::update(const cloud::Thing& thing) {
  XL_CHECK(changed_one(connection_
                           .query("update thing set attributes = $3, type_name = $4, version = version + 1 "
                                  "where account_id = $1 and name = $2")
                           .bind(thing.account_id)
                           .bind(thing.name)
                           .bind(write_attributes(thing.attributes))
                           .bind(thing.type_name)
                           .run(),
                       "Thing", thing.name));
  return changes_.add_thing(thing.account_id, thing.name);
}

Status SqlThings::remove(std::string_view account_id, std::string_view name) {
  XL_CHECK(connection_.query("delete from thing_group_member where account_id = $1 and thing_name = $2")
               .bind(account_id)
               .bind(name)
               .run());
  return changed_one(
      connection_.query("delete from thing where account_id = $1 and name = $2").bind(account_id).bind(name).run(),
      "Thing", name);
}

Status SqlThings::attach(std::string_view account_id, std::string_view thing, std::string_view certificate_id) {
  XL_CHECK(connection_
               .query("insert into thing_principal(account_id, thing_name, certificate_id) values($1, $2, $3) "
                      "on conflict do nothing")
               .bind(account_id)
               .bind(thing)
               .bind(certificate_id)
               .run());
  changes_.add(certificate_id);
  return {};
}

Status SqlThings::attach_exclusively(std::string_view account_id, std::string_view thing,
                                     std::string_view certificate_id) {
  XL_CHECK(attach(account_id, thing, certificate_id));
  XL_CHECK(connection_
               .query("update thing_principal set exclusive = 1 where account_id = $1 and thing_name = $2 and "
                      "certificate_id = $3")
               .bind(account_id)
               .bind(thing)
               .bind(certificate_id)
               .run());
  return {};
}

Status SqlThings::detach(std::string_view account_id, std::string_view thing, std::string_view certificate_id) {
  XL_CHECK(
      connection_.query("delete from thing_principal where account_id = $1 and thing_name = $2 and certificate_id = $3")
          .bind(account_id)
          .bind(thing)
          .bind(certificate_id)
          .run());
  changes_.add(certificate_id);
  return {};
}

Result<cloud::Page<cloud::ThingPrincipal>> SqlThings::links_of_thing(std::string_view account_id,
                                                                     std::string_view thing,
                                                                     const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_
                    .query(XL_LINK_COLUMNS "where account_id = $1 and thing_name = $2 and certificate_id > $3 "
                                           "order by certificate_id limit $4")
                    .bind(account_id)
                    .bind(thing)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_link);
}

Result<cloud::Page<cloud::ThingPrincipal>> SqlThings::links_of_certificate(std::string_view account_id,
                                                                           std::string_view certificate_id,
                                                                           const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_
                    .query(XL_LINK_COLUMNS "where account_id = $1 and certificate_id = $2 and thing_name > $3 "
                                           "order by thing_name limit $4")
                    .bind(account_id)
                    .bind(certificate_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_link);
}

Result<std::vector<std::string>> SqlThings::principals_of(std::string_view account_id, std::string_view thing) const {
  return all(
      std::move(connection_
                    .query("select certificate_id from thing_principal where account_id = $1 and thing_name = $2 "
                           "order by certificate_id")
                    .bind(account_id)
                    .bind(thing)),
      read_first_text);
}

Result<std::vector<std::string>> SqlThings::things_of(std::string_view account_id,
                                                      std::string_view certificate_id) const {
  return all(
      std::move(connection_
                    .query("select thing_name from thing_principal where account_id = $1 and certificate_id = $2 "
                           "order by thing_name")
                    .bind(account_id)
                    .bind(certificate_id)),
      read_first_text);
}

}  // namespace xl::store
