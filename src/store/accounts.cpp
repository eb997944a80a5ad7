// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"
#include "store/repositories.hpp"

namespace xl::store {
namespace {

#define XL_OPEN_ACCOUNTS                                          \
  "select id, name, kind, endpoint_prefix, created from account " \
  "where id not in (select account_id from closed_account) "

cloud::Account read_account(const sql::Row& row) {
  return {row.text(0), row.text(1), static_cast<cloud::AccountKind>(row.integer(2)), row.text(3), row.time(4)};
}

#define XL_ACCESS_KEY_COLUMNS "select id, account_id, role, sealed_secret, is_active, created from access_key "

cloud::AccessKey read_access_key(const sql::Row& row) {
  return {
      row.text(0),         row.text(1), static_cast<cloud::Role>(row.integer(2)), hex_decode(row.text(3)).value_or(""),
      row.integer(4) != 0, row.time(5)};
}

}  // namespace

Result<cloud::Account> SqlAccounts::find(std::string_view id) const {
  return one(std::move(connection_.query(XL_OPEN_ACCOUNTS "and id = $1").bind(id)), read_account, "account", id);
}

Result<cloud::Account> SqlAccounts::find_by_name(std::string_view name) const {
  return one(std::move(connection_.query(XL_OPEN_ACCOUNTS "and name = $1").bind(name)), read_account, "account", name);
}

Result<cloud::Account> SqlAccounts::find_by_endpoint_prefix(std::string_view prefix) const {
  return one(std::move(connection_.query(XL_OPEN_ACCOUNTS "and endpoint_prefix = $1").bind(prefix)), read_account,
             "account with endpoint", prefix);
}

Result<std::vector<cloud::Account>> SqlAccounts::list() const {
  return all(connection_.query(XL_OPEN_ACCOUNTS "order by created, id"), read_account);
}

Status SqlAccounts::insert(const cloud::Account& account) {
  return inserted(
      connection_.query("insert into account(id, name, kind, endpoint_prefix, created) values($1, $2, $3, $4, $5)")
          .bind(account.id)
          .bind(account.name)
          .bind(static_cast<std::int64_t>(account.kind))
          .bind(account.endpoint_prefix)
          .bind(account.created)
          .run(),
      "account", account.name);
}

Result<cloud::AccessKey> SqlAccounts::find_access_key(std::string_view key_id) const {
  return one(std::move(connection_.query(XL_ACCESS_KEY_COLUMNS "where id = $1").bind(key_id)), read_access_key,
             "access key", key_id);
}

Result<std::vector<cloud::AccessKey>> SqlAccounts::access_keys_of(std::string_view account_id) const {
  return all(
      std::move(connection_.query(XL_ACCESS_KEY_COLUMNS "where account_id = $1 order by created, id").bind(account_id)),
      read_access_key);
}

Status SqlAccounts::insert_access_key(const cloud::AccessKey& key) {
  return inserted(connection_
                      .query("insert into access_key(id, account_id, role, sealed_secret, is_active, created) "
                             "values($1, $2, $3, $4, $5, $6)")
                      .bind(key.id)
                      .bind(key.account_id)
                      .bind(static_cast<std::int64_t>(key.role))
                      .bind(hex_encode(as_bytes(key.sealed_secret)))
                      .bind(static_cast<std::int64_t>(key.is_active))
                      .bind(key.created)
                      .run(),
                  "access key", key.id);
}

Status SqlAccounts::disable_access_key(std::string_view key_id) {
  XL_CHECK(changed_one(connection_.query("update access_key set is_active = 0 where id = $1").bind(key_id).run(),
                       "access key", key_id));
  changes_.add(key_id);
  return {};
}

Result<std::optional<std::string>> SqlAccounts::registration_code(std::string_view account_id) const {
  return one(
      std::move(connection_.query("select registration_code from account where id = $1").bind(account_id)),
      [](const sql::Row& row) { return row.optional_text(0); }, "account", account_id);
}

Status SqlAccounts::set_registration_code(std::string_view account_id, std::optional<std::string> code) {
  return changed_one(
      connection_.query("update account set registration_code = $2 where id = $1").bind(account_id).bind(code).run(),
      "account", account_id);
}

Result<cloud::limits::AccountLimits> SqlAccounts::limits(std::string_view account_id) const {
  cloud::limits::AccountLimits limits;
  auto query = connection_.query("select name, value from account_limit where account_id = $1");
  query.bind(account_id);
  for (;;) {
    XL_TRY(const auto row, query.step());
    if (!row) return limits;
    // A name that is not known comes from a newer program.
    if (const auto limit = cloud::limits::find_limit(row->text(0)))
      limits.set(*limit, static_cast<std::size_t>(row->integer(1)));
  }
}

Status SqlAccounts::set_limit(std::string_view account_id, cloud::limits::Limit limit,
                              std::optional<std::size_t> value) {
  const std::string_view name = cloud::limits::row_of(limit).name;
  changes_.add_account(account_id);
  XL_CHECK(connection_.query("delete from account_limit where account_id = $1 and name = $2")
               .bind(account_id)
               .bind(name)
               .run());
  if (!value) return {};
  XL_CHECK(connection_.query("insert into account_limit(account_id, name, value) values($1, $2, $3)")
               .bind(account_id)
               .bind(name)
               .bind(static_cast<std::int64_t>(*value))
               .run());
  return {};
}

}  // namespace xl::store
