// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_THING_COLUMNS "select account_id, name, id, attributes, version, created from thing "

std::string write_attributes(const std::map<std::string, std::string>& attributes) {
  boost::json::object object;
  for (const auto& [name, value] : attributes) object[name] = value;
  return boost::json::serialize(object);
}

std::map<std::string, std::string> read_attributes(const std::string& text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  std::map<std::string, std::string> out;
  if (error || !value.is_object()) return out;
  for (const auto& [name, item] : value.get_object()) {
    if (item.is_string()) out.emplace(name, item.get_string());
  }
  return out;
}

cloud::Thing read_thing(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), read_attributes(row.text(3)), row.integer(4), row.time(5)};
}

std::string read_first_text(const sql::Row& row) { return row.text(0); }

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
                      .query("insert into thing(account_id, name, id, attributes, version, created) "
                             "values($1, $2, $3, $4, $5, $6)")
                      .bind(thing.account_id)
                      .bind(thing.name)
                      .bind(thing.id)
                      .bind(write_attributes(thing.attributes))
                      .bind(thing.version)
                      .bind(thing.created)
                      .run(),
                  "Thing", thing.name);
}

Status SqlThings::update_attributes(const cloud::Thing& thing) {
  return changed_one(
      connection_.query("update thing set attributes = $3, version = version + 1 where account_id = $1 and name = $2")
          .bind(thing.account_id)
          .bind(thing.name)
          .bind(write_attributes(thing.attributes))
          .run(),
      "Thing", thing.name);
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
