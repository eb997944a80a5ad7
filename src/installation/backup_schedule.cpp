// SPDX-License-Identifier: Apache-2.0
#include "installation/backup_schedule.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/log.hpp"
#include "installation/files.hpp"
#include "installation/installation.hpp"
#include "store/backup.hpp"

namespace xl::installation {
namespace {

using std::chrono::seconds;

constexpr std::size_t kKept = 7;
constexpr seconds kRetryAfter = std::chrono::minutes(10);

/// False when stopping.
bool sleep(const std::stop_token& stop, seconds how_long) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, how_long, [] { return false; });
  return !stop.stop_requested();
}

/// A clock that was set back must not put the next backup off for longer than `every`.
seconds time_until_due(const std::filesystem::path& backups, seconds every) {
  const auto newest = store::newest_scheduled_backup(backups);
  if (!newest) return seconds(0);
  std::error_code ignored;
  const auto age = std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(*newest, ignored);
  return std::clamp(every - std::chrono::floor<seconds>(age), seconds(0), every);
}

Status back_up_now(const std::filesystem::path& folder, const std::stop_token& stop) {
  const auto backups = backups_of(folder);
  XL_CHECK(make_private_folder(backups));
  const auto out = backups / store::scheduled_name(wall_now());
  XL_TRY(const store::Contents contents, store::back_up(registry_of(folder), out, store::Existing::replace, stop));
  store::prune_scheduled_backups(backups, kKept);
  log::info("backup", "made", {{"file", out.string()}, {"bytes", std::to_string(contents.bytes)}});
  return {};
}

void run(const std::stop_token& stop, const std::filesystem::path& folder, seconds every) {
  seconds wait = time_until_due(backups_of(folder), every);
  while (sleep(stop, wait)) {
    const Status made = back_up_now(folder, stop);
    if (!made && !stop.stop_requested()) log::error("backup", "failed", {{"reason", made.error().detail}});
    wait = made ? every : std::min(every, kRetryAfter);
  }
}

}  // namespace

BackupSchedule::BackupSchedule(const std::filesystem::path& folder, seconds every)
    : thread_([folder, every](const std::stop_token& stop) { run(stop, folder, every); }) {}

}  // namespace xl::installation
