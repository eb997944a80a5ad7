// SPDX-License-Identifier: Apache-2.0
#include "custody_commands.hpp"

#include <cstdio>

#include "installation/custody_seals.hpp"
#include "installation/installation.hpp"
#include "store/fsck.hpp"
#include "store/sqlite_store.hpp"

namespace xl::app {
namespace {

/// DIR's registry for as long as a command reads it.
struct Reading {
  std::unique_ptr<installation::FolderLock> in_use;
  std::unique_ptr<cloud::RegistryStore> store;
  std::unique_ptr<const cloud::Registry> view;
};

Result<Reading> open_reading(const std::filesystem::path& folder) {
  Reading reading;
  XL_TRY(reading.in_use, installation::lock_for_use(folder));
  const auto file = installation::registry_of(folder);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return fail(Error::not_found("registry", file.string()));
  XL_TRY(reading.store, store::open_sqlite(file));
  XL_TRY(reading.view, reading.store->open_view());
  return reading;
}

Result<installation::CustodyReport> check(const std::filesystem::path& folder) {
  XL_TRY(const Reading reading, open_reading(folder));
  auto report = installation::verify_custody(folder, *reading.view);
  if (!report && report.error().code == Errc::not_found)
    return fail(Error{Errc::not_found, report.error().detail + " Nothing was sealed yet; a running server does it."});
  XL_CHECK(report);
  XL_TRY(const auto registry, store::fsck(installation::registry_of(folder), nullptr));
  for (const auto& finding : registry.findings) {
    if (finding.where.starts_with("custody")) report->broken.push_back(finding.where + ": " + finding.what);
  }
  return report;
}

}  // namespace

Status export_custody(const Options& options) {
  constexpr std::size_t kLot = 1000;
  XL_TRY(const Reading reading, open_reading(std::filesystem::absolute(options.data_dir)));
  for (std::int64_t number = 0;;) {
    XL_TRY(const auto entries, reading.view->custody().entries_after(number, kLot));
    for (const auto& [entry_number, entry] : entries) {
      number = entry_number;
      if (!options.thing_name.empty() && entry.thing_name != options.thing_name) continue;
      std::printf("%s\n", installation::custody_line(entry).c_str());
    }
    if (entries.size() < kLot) return {};
  }
}

int verify_custody(const Options& options) {
  const auto report = check(std::filesystem::absolute(options.data_dir));
  if (!report) {
    std::fprintf(stderr, "expresslink-cloud: %s\n", report.error().detail.c_str());
    return 2;
  }
  for (const std::string& what : report->broken) std::printf("%s\n", what.c_str());
  for (const std::string& at : report->replaced) {
    std::printf("note: on %s the server found another registry than it had sealed (a backup put back?)\n", at.c_str());
  }
  std::printf("%lld seals, %lld entries sealed, %lld not yet sealed: %s\n", static_cast<long long>(report->seals),
              static_cast<long long>(report->sealed_entries), static_cast<long long>(report->unsealed_entries),
              report->broken.empty() ? "the log is what was sealed" : "the log is NOT what was sealed");
  return report->broken.empty() ? 0 : 1;
}

}  // namespace xl::app
