// SPDX-License-Identifier: Apache-2.0
#include "store/attributes.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_TYPE_COLUMNS                                                                                            \
  "select account_id, name, id, description, searchable_attributes, created, deprecated is null, deprecated from " \
  "thing_type "

cloud::ThingType read_type(const sql::Row& row) {
  cloud::ThingType type;
  type.account_id = row.text(0);
  type.name = row.text(1);
  type.id = row.text(2);
  type.description = row.text(3);
  type.searchable_attributes = read_texts(row.text(4));
  type.created = row.time(5);
  if (!row.boolean(6)) type.deprecated = row.time(7);
  return type;
}

std::optional<std::string> millis_text(const std::optional<UnixMillis>& time) {
  if (!time) return std::nullopt;
  return std::to_string(to_millis(*time));
}

}  // namespace

Result<cloud::ThingType> SqlThingTypes::find(std::string_view account_id, std::string_view name) const {
  return one(
      std::move(connection_.query(XL_TYPE_COLUMNS "where account_id = $1 and name = $2").bind(account_id).bind(name)),
      read_type, "Thing type", name);
}

Result<cloud::Page<cloud::ThingType>> SqlThingTypes::list(std::string_view account_id,
                                                          const cloud::PageRequest& page) const {
  return page_of(
      std::move(connection_.query(XL_TYPE_COLUMNS "where account_id = $1 and name > $2 order by name limit $3")
                    .bind(account_id)
                    .bind(page.after)
                    .bind(limit_of(page))),
      page, read_type);
}

Status SqlThingTypes::insert(const cloud::ThingType& type) {
  return inserted(
      connection_
          .query("insert into thing_type(account_id, name, id, description, searchable_attributes, created, "
                 "deprecated) values($1, $2, $3, $4, $5, $6, cast($7 as bigint))")
          .bind(type.account_id)
          .bind(type.name)
          .bind(type.id)
          .bind(type.description)
          .bind(write_texts(type.searchable_attributes))
          .bind(type.created)
          .bind(millis_text(type.deprecated))
          .run(),
      "Thing type", type.name);
}

Status SqlThingTypes::update(const cloud::ThingType& type) {
  return changed_one(
      connection_
          .query("update thing_type set description = $3, searchable_attributes = $4, deprecated = cast($5 as bigint) "
                 "where account_id = $1 and name = $2")
          .bind(type.account_id)
          .bind(type.name)
          .bind(type.description)
          .bind(write_texts(type.searchable_attributes))
          .bind(millis_text(type.deprecated))
          .run(),
      "Thing type", type.name);
}

/// Without an order: SQLite would sort a whole fleet for it.
Result<std::vector<std::string>> SqlThingTypes::some_things_of(std::string_view account_id, std::string_view name,
                                                               std::size_t limit) const {
  return all(std::move(connection_.query("select name from thing where account_id = $1 and type_name = $2 limit $3")
                           .bind(account_id)
                           .bind(name)
                           .bind(static_cast<std::int64_t>(limit))),
             read_first_text);
}

Status SqlThingTypes::remove(std::string_view account_id, std::string_view name) {
  XL_TRY(const auto users, some_things_of(account_id, name, 1));
  if (!users.empty()) return fail(Error::conflict("Thing type " + std::string(name) + " still has things."));
  return changed_one(
      connection_.query("delete from thing_type where account_id = $1 and name = $2").bind(account_id).bind(name).run(),
      "Thing type", name);
}

}  // namespace xl::store
