// SPDX-License-Identifier: Apache-2.0
#include "registry_commands.hpp"

#include <algorithm>
#include <cstdio>

#include "installation/files.hpp"
#include "installation/installation.hpp"
#include "installation/reconcile.hpp"
#include "store/backup.hpp"
#include "store/fsck.hpp"
#include "store/restore.hpp"
#include "store/sqlite_store.hpp"

namespace xl::app {
namespace {

std::string describe(const store::Contents& contents) {
  return std::to_string(contents.accounts) + " accounts, " + std::to_string(contents.things) + " things, " +
         std::to_string(contents.certificates) + " certificates, " + std::to_string(contents.custody_entries) +
         " custody entries, " + std::to_string(contents.bytes) + " bytes";
}

/// What a damaged or forged registry holds must not write to the terminal as it likes.
std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

void print_next_steps(const std::filesystem::path& folder) {
  std::printf("Next:\n");
  for (const char* name : {"master.key", "root-ca.pem", "root-ca.key"}) {
    std::error_code ignored;
    if (!std::filesystem::exists(folder / name, ignored))
      std::printf("  - bring back %s: it is missing, and is in no backup\n", (folder / name).c_str());
  }
  std::printf("  - expresslink-cloud fsck --data-dir %s\n  - expresslink-cloud serve --data-dir %s\n", folder.c_str(),
              folder.c_str());
  std::printf(
      "  Modules that were registered after the backup register again when they connect. Accounts that were\n"
      "  made after it are gone: remove their profiles from %s and make them again.\n",
      (folder / "credentials").c_str());
}

/// The folder is locked by the caller.
Status reconcile_and_tell(const std::filesystem::path& folder, installation::WithoutLog without_log) {
  XL_TRY(const auto store, store::open_sqlite(installation::registry_of(folder)));
  XL_TRY(const auto done, installation::reconcile(folder, *store, without_log, wall_now()));
  for (const std::string& line : installation::describe(done)) std::printf("%s\n", one_line(line).c_str());
  return {};
}

Result<store::FsckReport> check(const Options& options) {
  const auto folder = std::filesystem::absolute(options.data_dir);
  XL_TRY(const auto in_use, installation::lock_for_use(folder));
  const auto key = installation::read_master_key(folder);
  if (!key && key.error().code != Errc::not_found) return fail(key.error());
  return store::fsck(installation::registry_of(folder), key ? &*key : nullptr);
}

}  // namespace

Status backup(const Options& options) {
  const auto started = std::chrono::steady_clock::now();
  const auto folder = std::filesystem::absolute(options.data_dir);
  XL_TRY(const auto in_use, installation::lock_for_use(folder));
  const auto existing = options.overwrite ? store::Existing::replace : store::Existing::keep;
  const auto contents = store::back_up(installation::registry_of(folder), options.backup_file, existing);
  if (!contents && contents.error().code == Errc::already_exists) {
    return fail(
        Error{Errc::already_exists, contents.error().detail + " Choose another --out, or replace it (--force)."});
  }
  XL_CHECK(contents);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  std::printf("backup   %s, verified\nholds    %s\nseconds  %.2f\n", options.backup_file.c_str(),
              describe(*contents).c_str(), took.count());
  std::printf("Not in it: master.key, root-ca.pem, root-ca.key and credentials; keep them elsewhere (see --help).\n");
  return {};
}

Status restore(const Options& options) {
  const auto folder = std::filesystem::absolute(options.data_dir);
  XL_TRY(const auto alone, installation::lock_for_restore(folder));
  if (const Status sealed = installation::seal_before_restore(folder, wall_now()); !sealed) {
    std::printf("note     what the registry had not sealed yet in the custody log is lost: %s\n",
                one_line(sealed.error().detail).c_str());
  }
  const bool was_due = installation::is_reconciliation_due(folder);
  XL_CHECK(installation::demand_reconciliation(folder));
  const auto restored_or_not = store::restore(installation::registry_of(folder), options.backup_file, wall_now());
  const bool is_as_before = !restored_or_not && !store::is_restore_unfinished(installation::registry_of(folder));
  if (is_as_before && !was_due) XL_CHECK(installation::withdraw_demand(folder));
  XL_TRY(const auto restored, restored_or_not);
  std::printf("restored %s\nholds    %s\n", options.backup_file.c_str(), describe(restored.contents).c_str());
  if (!restored.kept.empty()) std::printf("kept     %s (the registry as it was)\n", restored.kept.c_str());
  XL_CHECK(reconcile_and_tell(folder, installation::WithoutLog::no));
  print_next_steps(folder);
  return {};
}

Status reconcile_custody(const Options& options) {
  const auto folder = std::filesystem::absolute(options.data_dir);
  XL_TRY(const auto in_use, installation::lock_for_use(folder));
  if (!installation::is_reconciliation_due(folder)) {
    std::printf("nothing to do: no registry was restored since the custody log was replayed\n");
    return {};
  }
  return reconcile_and_tell(folder, options.without_log ? installation::WithoutLog::yes : installation::WithoutLog::no);
}

int fsck(const Options& options) {
  const auto report = check(options);
  if (!report) {
    std::fprintf(stderr, "expresslink-cloud: %s\n", report.error().detail.c_str());
    return 2;
  }
  for (const store::Finding& finding : report->findings)
    std::printf("%s\n", one_line(finding.where + ": " + finding.what + ". " + finding.remedy).c_str());
  if (report->findings.empty()) {
    std::printf("clean: %s\n", describe(report->contents).c_str());
    return 0;
  }
  std::printf("%zu findings\n", report->findings.size());
  return 1;
}

}  // namespace xl::app
