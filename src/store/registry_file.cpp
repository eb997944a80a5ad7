// SPDX-License-Identifier: Apache-2.0
#include "store/registry_file.hpp"

#include "store/backup.hpp"
#include "store/migrations.hpp"
#include "store/sql.hpp"

namespace xl::store {
namespace {

/// `pragma` reports one problem at most.
Status expect_ok(sql::Query query) {
  XL_TRY(const auto row, query.step());
  if (!row || row->text(0) == "ok") return {};
  return fail(Error::corrupt("the database is damaged: " + row->text(0)));
}

std::string advice_for(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  const auto backup = newest_backup(folder / "backups");
  const std::string command = "expresslink-cloud restore --data-dir " + folder.string() + " --from ";
  if (backup) return ". Nothing was changed. Restore the newest backup: " + command + backup->string();
  return ". Nothing was changed. There is no backup in " + (folder / "backups").string() +
         "; restore the one you keep elsewhere: " + command + "FILE";
}

Status quick_check(const std::filesystem::path& file) {
  XL_TRY(auto connection, sql::Connection::open(file, sql::Access::read_only));
  return expect_ok(connection->query("pragma quick_check(1)"));
}

}  // namespace

Result<Contents> count_contents(sql::Connection& connection) {
  auto query = connection.query(
      "select (select count(*) from account), (select count(*) from thing), (select count(*) from certificate), "
      "(select count(*) from custody_log), "
      "(select page_count * page_size from pragma_page_count(), pragma_page_size())");
  XL_TRY(const auto row, query.step());
  return Contents{row->integer(0), row->integer(1), row->integer(2), row->integer(3),
                  static_cast<std::uintmax_t>(row->integer(4))};
}

Result<Contents> inspect(const std::filesystem::path& file, std::stop_token stop) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored)) return fail(Error::not_found("file", file.string()));
  XL_TRY(auto connection, sql::Connection::open(file, sql::Access::immutable));
  connection->stop_with(std::move(stop));
  XL_CHECK(expect_ok(connection->query("pragma integrity_check(1)")));
  XL_TRY(const std::int64_t version, schema_version(*connection));
  if (version == 0) return fail(Error::corrupt("it is empty, not a registry"));
  return count_contents(*connection);
}

Status refuse_damage(const std::filesystem::path& file) {
  std::error_code missing;
  if (const auto size = std::filesystem::file_size(file, missing); missing || size == 0) return {};
  const Status checked = quick_check(file);
  if (checked || checked.error().code != Errc::corrupt) return checked;
  return fail(Error::corrupt(checked.error().detail + advice_for(file)));
}

}  // namespace xl::store
