// SPDX-License-Identifier: Apache-2.0
#include "store/backup.hpp"

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include "store/migrations.hpp"
#include "store/sql.hpp"

namespace xl::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScheduledPrefix = "registry-";
constexpr std::string_view kSuffix = ".sqlite";
constexpr std::string_view kPartial = ".partial-";

bool is_backup(const std::string& name) { return name.ends_with(kSuffix); }
bool is_scheduled(const std::string& name) {
  return name.size() == scheduled_name({}).size() && name.starts_with(kScheduledPrefix) && name.ends_with("Z.sqlite");
}
bool is_scheduled_partial(const std::string& name) {
  const auto at = name.find(kPartial);
  return at != std::string::npos && is_scheduled(name.substr(0, at));
}

std::vector<fs::path> files_of(const fs::path& folder, const std::function<bool(const std::string&)>& wanted) {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored) && wanted(entry.path().filename().string())) out.push_back(entry.path());
  }
  return out;
}

std::optional<fs::path> newest(const std::vector<fs::path>& files) {
  std::error_code ignored;
  const auto found = std::max_element(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) {
    return fs::last_write_time(a, ignored) < fs::last_write_time(b, ignored);
  });
  return found == files.end() ? std::nullopt : std::optional<fs::path>(*found);
}

}  // namespace

/// VACUUM INTO rather than sqlite3_backup_step: it reads one snapshot, so that another process's writes neither start
/// it over nor wait for it; the result needs no log beside it; and every row is read, so that a damaged registry does
/// not become a damaged backup unnoticed.
Status copy_snapshot(const fs::path& registry, const fs::path& to, std::stop_token stop) {
  XL_TRY(auto source, sql::Connection::open(registry, sql::Access::read_only));
  source->stop_with(std::move(stop));
  XL_TRY(const std::int64_t version, schema_version(*source));
  if (version == 0) return fail(Error::corrupt("it is empty, not a registry"));
  XL_CHECK(create_private(to));
  XL_CHECK(source->query("vacuum into $1").bind(to.string()).run());
  return sync_file(to);  // VACUUM INTO leaves that to us
}

Result<Contents> back_up(const fs::path& registry, const fs::path& out, Existing existing, std::stop_token stop) {
  std::error_code ignored;
  if (!fs::exists(registry, ignored)) return fail(Error::not_found("registry", registry.string()));
  const fs::path target = fs::absolute(out);
  if (existing == Existing::keep && fs::exists(target, ignored))
    return fail(Error::already_exists("file", out.string()));
  const Temporary partial(target.string() + std::string(kPartial) + std::to_string(::getpid()));
  const auto failed = [&](const Error& error) {
    return fail(Error{error.code, "cannot back up " + registry.string() + " to " + out.string() + ": " + error.detail});
  };
  fs::remove(partial.path(), ignored);  // of an earlier program with our process id
  if (const Status copied = copy_snapshot(registry, partial.path(), stop); !copied) return failed(copied.error());
  const auto contents = inspect(partial.path(), stop);
  if (!contents) return failed(contents.error());
  XL_CHECK(move_file(partial.path(), target, existing));
  return *contents;
}

std::optional<fs::path> newest_backup(const fs::path& folder) { return newest(files_of(folder, is_backup)); }

std::string scheduled_name(UnixMillis at) {
  return std::string(kScheduledPrefix) + iso8601_basic(at) + std::string(kSuffix);
}

std::optional<fs::path> newest_scheduled_backup(const fs::path& folder) {
  return newest(files_of(folder, is_scheduled));
}

void prune_scheduled_backups(const fs::path& folder, std::size_t keep) {
  std::error_code ignored;
  for (const fs::path& partial : files_of(folder, is_scheduled_partial)) fs::remove(partial, ignored);
  std::vector<fs::path> files = files_of(folder, is_scheduled);
  std::sort(files.begin(), files.end());
  for (std::size_t i = 0; i + keep < files.size(); ++i) fs::remove(files[i], ignored);
}

}  // namespace xl::store
