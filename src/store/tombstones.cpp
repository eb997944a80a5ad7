// SPDX-License-Identifier: Apache-2.0
#include "store/repositories.hpp"

namespace xl::store {

Result<bool> SqlTombstones::has(std::string_view account_id, std::string_view certificate_id) const {
  auto query = connection_.query("select 1 from tombstone where account_id = $1 and certificate_id = $2");
  XL_TRY(const auto row, query.bind(account_id).bind(certificate_id).step());
  return row.has_value();
}

Status SqlTombstones::put(std::string_view account_id, std::string_view certificate_id, UnixMillis now) {
  XL_CHECK(connection_
               .query("insert into tombstone(account_id, certificate_id, created) values($1, $2, $3) "
                      "on conflict do nothing")
               .bind(account_id)
               .bind(certificate_id)
               .bind(now)
               .run());
  return {};
}

Status SqlTombstones::remove(std::string_view account_id, std::string_view certificate_id) {
  XL_CHECK(connection_.query("delete from tombstone where account_id = $1 and certificate_id = $2")
               .bind(account_id)
               .bind(certificate_id)
               .run());
  return {};
}

}  // namespace xl::store
