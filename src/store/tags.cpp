// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {

Result<std::map<std::string, std::string>> SqlTags::of(std::string_view resource_arn) const {
  XL_TRY(const auto rows,
         all(std::move(connection_.query("select key, value from tag where resource_arn = $1").bind(resource_arn)),
             [](const sql::Row& row) { return std::pair(row.text(0), row.text(1)); }));
  return std::map<std::string, std::string>(rows.begin(), rows.end());
}

Status SqlTags::put(std::string_view resource_arn, std::string_view key, std::string_view value) {
  XL_CHECK(remove(resource_arn, key));
  XL_CHECK(connection_.query("insert into tag(resource_arn, key, value) values($1, $2, $3)")
               .bind(resource_arn)
               .bind(key)
               .bind(value)
               .run());
  return {};
}

Status SqlTags::remove(std::string_view resource_arn, std::string_view key) {
  XL_CHECK(
      connection_.query("delete from tag where resource_arn = $1 and key = $2").bind(resource_arn).bind(key).run());
  return {};
}

Status SqlTags::remove_all(std::string_view resource_arn) {
  XL_CHECK(connection_.query("delete from tag where resource_arn = $1").bind(resource_arn).run());
  return {};
}

}  // namespace xl::store
