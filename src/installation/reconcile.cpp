// SPDX-License-Identifier: Apache-2.0
#include "installation/reconcile.hpp"

#include <optional>

#include "cloud/rules/findings.hpp"
#include "cloud/rules/reconcile.hpp"
#include "installation/custody_log.hpp"
#include "installation/custody_seals.hpp"
#include "installation/files.hpp"
#include "installation/installation.hpp"
#include "store/sqlite_store.hpp"

namespace xl::installation {
namespace {

using cloud::onboarding::Reconciler;

constexpr std::size_t kLot = 500;

std::filesystem::path mark_of(const std::filesystem::path& folder) { return folder / "custody-reconcile"; }

/// The registry's own entries, for as long as they are those of the log: most of them, passed over cheaply.
class CommonPast {
 public:
  explicit CommonPast(const cloud::Registry& registry) : registry_(registry) {}

  Result<bool> contains(const LoggedEntry& logged) {
    if (is_over_) return false;
    if (at_ == lot_.size()) {
      const std::int64_t number = lot_.empty() ? 0 : lot_.back().number;
      XL_TRY(lot_, registry_.custody().entries_after(number, kLot));
      at_ = 0;
    }
    is_over_ = at_ == lot_.size() || lot_[at_].number != logged.number || lot_[at_].entry.hash != logged.entry.hash;
    ++at_;
    return !is_over_;
  }

 private:
  const cloud::Registry& registry_;
  std::vector<cloud::Numbered<cloud::CustodyEntry>> lot_;
  std::size_t at_ = 0;
  bool is_over_ = false;
};

/// In the order of the log, so that the registry has the same entries under the same numbers as were sealed.
class Replay {
 public:
  Replay(cloud::RegistryStore& store, UnixMillis now) : store_(store), now_(now) {}

  Status run(const SealedLog& log) {
    {
      XL_TRY(const auto view, store_.open_view());
      CommonPast past(*view);
      XL_CHECK(log.each([&](const LoggedEntry& logged) -> Status {
        XL_TRY(const bool is_known, past.contains(logged));
        if (is_known) return {};
        lot_.push_back({logged, log.is_last(logged)});
        return lot_.size() < kLot ? Status() : write();
      }));
    }
    return write();
  }
  Status suspect_prepared() {
    for (bool more = true; more;) {
      XL_CHECK(store_.write([&](cloud::Registry& registry) -> Status {
        XL_TRY(more, reconciler_.suspect_prepared(registry, kLot, now_));
        return {};
      }));
    }
    return {};
  }
  const cloud::onboarding::Reconciled& result() const { return reconciler_.result(); }

 private:
  struct Step {
    LoggedEntry logged;
    bool is_last = false;
  };

  Status write() {
    XL_CHECK(store_.write([this](cloud::Registry& registry) -> Status {
      for (const Step& step : lot_) {
        XL_CHECK(reconciler_.replay(registry, step.logged.entry, step.logged.public_key, now_));
        if (step.is_last) XL_CHECK(reconciler_.settle(registry, step.logged.entry.fingerprint, now_));
      }
      return {};
    }));
    lot_.clear();
    return {};
  }

  cloud::RegistryStore& store_;
  const UnixMillis now_;
  Reconciler reconciler_;
  std::vector<Step> lot_;
};

Result<bool> has_custody(cloud::RegistryStore& store) {
  XL_TRY(const auto view, store.open_view());
  XL_TRY(const auto entries, view->custody().entries_after(0, 1));
  return !entries.empty();
}

Status set_reconciling(cloud::RegistryStore& store, bool is_reconciling) {
  return store.write(
      [&](cloud::Registry& registry) { return cloud::rules::set_reconciling(registry, is_reconciling); });
}

/// Every vendor is told that nobody knows who has claimed its modules since the backup.
Status note_given_up(cloud::RegistryStore& store, const std::string& why, UnixMillis now) {
  return store.write([&](cloud::Registry& registry) -> Status {
    XL_TRY(const auto accounts, registry.accounts().list());
    for (const cloud::Account& account : accounts) {
      if (account.kind != cloud::AccountKind::staging) continue;
      XL_CHECK(cloud::rules::note_finding(
          registry, cloud::FindingKind::restored, account.id, "", "",
          "the registry was restored without its custody log (" + why + "): owners are those of the backup", now));
    }
    return {};
  });
}

Status end_reconciliation(const std::filesystem::path& folder, cloud::RegistryStore& store) {
  XL_CHECK(set_reconciling(store, false));
  return withdraw_demand(folder);
}

}  // namespace

Status demand_reconciliation(const std::filesystem::path& folder) {
  return write_file(mark_of(folder), "The registry was restored; see docs/registry.md \"Reconciling\".\n",
                    Access::everybody);
}

Status withdraw_demand(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::remove(mark_of(folder), error);
  return error ? Status(fail(Error::io(mark_of(folder).string() + ": " + error.message()))) : Status();
}

bool is_reconciliation_due(const std::filesystem::path& folder) {
  std::error_code ignored;
  return std::filesystem::exists(mark_of(folder), ignored);
}

Status seal_before_restore(const std::filesystem::path& folder, UnixMillis now) {
  const auto registry = registry_of(folder);
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(registry, missing);
  // One that has not been reconciled itself knows less than the log does.
  if (missing || bytes == 0 || is_reconciliation_due(folder)) return {};
  XL_TRY(const auto store, store::open_sqlite(registry));
  XL_TRY(const auto view, store->open_view());
  XL_TRY(auto seals, CustodySeals::open(folder));
  return seals.seal(*view, now);
}

Result<Reconciliation> reconcile(const std::filesystem::path& folder, cloud::RegistryStore& store,
                                 WithoutLog without_log, UnixMillis now) {
  Reconciliation out;
  const auto log = SealedLog::open(folder);
  XL_TRY(const bool has_any, has_custody(store));
  const bool is_lost = !log && (log.error().code != Errc::not_found || has_any);
  if (is_lost) out.obstacle = log.error().detail;
  if (is_lost && without_log == WithoutLog::no) {
    XL_CHECK(set_reconciling(store, true));
    return out;
  }
  Replay replay(store, now);
  if (log) {
    out.sealed_at = log->sealed_at();
    XL_CHECK(replay.run(*log));
  }
  XL_CHECK(replay.suspect_prepared());
  out.was_given_up = is_lost;
  if (is_lost) XL_CHECK(note_given_up(store, out.obstacle, now));
  out.what = replay.result();
  out.is_over = true;
  XL_CHECK(end_reconciliation(folder, store));
  return out;
}

std::vector<std::string> describe(const Reconciliation& reconciliation) {
  const auto& what = reconciliation.what;
  if (!reconciliation.is_over) {
    return {
        "The custody log cannot be replayed: " + reconciliation.obstacle,
        "Until it is, modules that are known are served, none is claimed, and none registers by itself.",
        "Bring back custody-log.jsonl, custody-seals.jsonl and custody.pub from where you keep them and start again, "
        "or do without them: expresslink-cloud custody reconcile --without-log --data-dir DIR"};
  }
  std::vector<std::string> out;
  if (reconciliation.was_given_up) out.push_back("The custody log was done without: " + reconciliation.obstacle);
  out.push_back("custody log replayed: " + std::to_string(what.entries) + " entries of " +
                std::to_string(what.modules) + " modules; " + std::to_string(what.claims) + " claims ended, " +
                std::to_string(what.withdrawals) + " registrations of former owners withdrawn, " +
                std::to_string(what.suspected) + " claims taken for told");
  out.push_back(reconciliation.sealed_at.empty()
                    ? "Nothing was ever sealed."
                    : "The log goes up to " + reconciliation.sealed_at + "; what happened later is not known.");
  for (const std::string& one : what.cases) out.push_back("not decided: " + one);
  if (what.undecided > static_cast<std::int64_t>(what.cases.size()))
    out.push_back("not decided: " + std::to_string(what.undecided) + " in all; see the findings of their accounts");
  return out;
}

}  // namespace xl::installation
