// SPDX-License-Identifier: Apache-2.0
// Small facts about what is connected: who may look, what the module said of itself.
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_GRANT_COLUMNS "select account_id, thing_name, secret_sha256, expires from viewer_grant "

cloud::ViewerGrants::Grant read_grant(const sql::Row& row) {
  return {row.text(0), row.text(1), row.text(2), row.time(3)};
}

}  // namespace

Status SqlViewerGrants::put(const Grant& grant) {
  XL_CHECK(connection_
               .query("insert into viewer_grant(account_id, thing_name, secret_sha256, expires) "
                      "select $1, $2, $3, $4 where $1 not in (select account_id from closed_account) "
                      "on conflict(account_id, thing_name) do update set secret_sha256 = $3, expires = $4")
               .bind(grant.account_id)
               .bind(grant.thing_name)
               .bind(grant.secret_sha256)
               .bind(grant.expires)
               .run());
  return {};
}

Result<cloud::ViewerGrants::Grant> SqlViewerGrants::find(std::string_view account_id,
                                                         std::string_view thing_name) const {
  return one(std::move(connection_.query(XL_GRANT_COLUMNS "where account_id = $1 and thing_name = $2")
                           .bind(account_id)
                           .bind(thing_name)),
             read_grant, "viewer grant of", thing_name);
}

Result<cloud::ViewerGrants::Grant> SqlViewerGrants::find_by_thing(std::string_view thing_name) const {
  return one(
      std::move(
          connection_.query(XL_GRANT_COLUMNS "where thing_name = $1 order by expires desc limit 1").bind(thing_name)),
      read_grant, "viewer grant of", thing_name);
}

Status SqlViewerGrants::remove(std::string_view account_id, std::string_view thing_name) {
  XL_CHECK(connection_.query("delete from viewer_grant where account_id = $1 and thing_name = $2")
               .bind(account_id)
               .bind(thing_name)
               .run());
  return {};
}

Result<std::string> SqlLoginStrings::find(std::string_view account_id, std::string_view certificate_id) const {
  return one(
      std::move(connection_.query("select login from login_string where account_id = $1 and certificate_id = $2")
                    .bind(account_id)
                    .bind(certificate_id)),
      [](const sql::Row& row) { return row.text(0); }, "login string of", certificate_id);
}

Status SqlLoginStrings::record(std::string_view account_id, std::string_view certificate_id, std::string_view login,
                               UnixMillis now) {
  XL_CHECK(connection_
               .query("insert into login_string(account_id, certificate_id, login, seen) "
                      "select $1, $2, $3, $4 where $1 not in (select account_id from closed_account) "
                      "on conflict(account_id, certificate_id) do update set login = $3, seen = $4")
               .bind(account_id)
               .bind(certificate_id)
               .bind(login)
               .bind(now)
               .run());
  return {};
}

}  // namespace xl::store
