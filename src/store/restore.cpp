// SPDX-License-Identifier: Apache-2.0
// Four names, in the order of a restore of R at time T:
//   R.restore-copy      being copied and verified; worth nothing
//   R.restoring-T       verified: from this rename on the restore is decided and only goes forward
//   R.before-restore-T  the old registry, moved away with its log, so that no old log is ever played into a new file
//   R                   R.restoring-T, renamed last
// While R.restoring-T exists R may be missing; finish_restore() goes on from whichever step was the last.
#include "store/restore.hpp"

#include <optional>

#include "store/backup.hpp"
#include "store/durable.hpp"

namespace xl::store {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& file, std::string_view suffix) { return file.string() + std::string(suffix); }

std::optional<std::string> decided_time(const fs::path& registry) {
  const std::string prefix = beside(registry.filename(), ".restoring-").string();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(registry.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return std::nullopt;
}

/// A second restore within a second must not replace what the first one kept.
std::string unused_time(const fs::path& registry, UnixMillis now) {
  const std::string time = iso8601_basic(now);
  std::string candidate = time;
  std::error_code ignored;
  for (int i = 2; fs::exists(beside(registry, ".before-restore-" + candidate), ignored); ++i)
    candidate = time + "-" + std::to_string(i);
  return candidate;
}

Status move_if_there(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  return fs::exists(from, ignored) ? move_file(from, to, Existing::replace) : Status();
}

/// SQLite finds a database's log by its name: the pair is renamed alike, so that the kept registry can be opened.
Status keep_old(const fs::path& registry, const fs::path& kept) {
  for (const char* suffix : {"", "-wal", "-journal"})
    XL_CHECK(move_if_there(beside(registry, suffix), beside(kept, suffix)));
  std::error_code error;
  fs::remove(beside(registry, "-shm"), error);
  if (error) return fail(Error::io("cannot remove " + beside(registry, "-shm").string() + ": " + error.message()));
  return {};
}

Status go_forward(const fs::path& registry, const std::string& time) {
  XL_CHECK(keep_old(registry, beside(registry, ".before-restore-" + time)));
  return move_file(beside(registry, ".restoring-" + time), registry, Existing::replace);
}

Status refuse_itself(const fs::path& registry, const fs::path& from) {
  std::error_code ignored;
  if (fs::equivalent(registry, from, ignored))
    return fail(Error::invalid(from.string() + " is the registry itself; name a backup"));
  return {};
}

/// A registry that an earlier restore kept, or another cloud's, may have a log beside it that belongs to it.
Status copy_whole(const fs::path& from, const fs::path& to) {
  std::error_code no_log;
  const auto log_bytes = fs::file_size(beside(from, "-wal"), no_log);
  return no_log || log_bytes == 0 ? copy_private(from, to) : copy_snapshot(from, to);
}

}  // namespace

Result<Restored> restore(const fs::path& registry, const fs::path& from, UnixMillis now) {
  std::error_code ignored;
  XL_CHECK(finish_restore(registry));
  if (!fs::is_regular_file(from, ignored)) return fail(Error::not_found("backup", from.string()));
  XL_CHECK(refuse_itself(registry, from));
  const Temporary copy(beside(registry, ".restore-copy"));
  fs::remove(copy.path(), ignored);
  // The copy is what is verified: it is the one that will be served.
  const Status copied = copy_whole(from, copy.path());
  const auto contents = copied ? inspect(copy.path()) : Result<Contents>(fail(copied.error()));
  if (!contents) return fail(Error{contents.error().code, from.string() + ": " + contents.error().detail});
  const std::string time = unused_time(registry, now);
  const bool had_one = fs::exists(registry, ignored);
  XL_CHECK(move_file(copy.path(), beside(registry, ".restoring-" + time), Existing::replace));
  XL_CHECK(go_forward(registry, time));
  return Restored{*contents, had_one ? beside(registry, ".before-restore-" + time) : fs::path()};
}

bool is_restore_unfinished(const fs::path& registry) { return decided_time(registry).has_value(); }

Status finish_restore(const fs::path& registry) {
  const auto time = decided_time(registry);
  return time ? go_forward(registry, *time) : Status();
}

}  // namespace xl::store
