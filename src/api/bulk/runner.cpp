// SPDX-License-Identifier: Apache-2.0
#include "api/bulk/runner.hpp"

#include "api/bulk/batch.hpp"
#include "base/log.hpp"
#include "cloud/model/limits.hpp"

namespace xl::api::bulk {
namespace {

using cloud::RegistrationTask;
using cloud::TaskStatus;

/// After a failure that no line is to blame for: a full disk, a locked registry.
constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::hours kRemoveEvery{1};
/// Reports that are removed in one transaction: some megabytes, for which nobody else waits long.
constexpr std::size_t kPiecesAtOnce = 20;

}  // namespace

Runner::Runner(const ApiOptions& options, cloud::RegistryStore& store) : options_(options), store_(store) {
  if (!find_tasks()) bell_->ring();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Runner::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (running_.empty()) bell_->wait_until(next_removal_, stop);
    if (stop.stop_requested()) return;
    if (std::chrono::steady_clock::now() >= next_removal_) remove_old_reports(stop);
    Status status = running_.empty() || bell_->take() ? find_tasks() : Status();
    for (auto each = running_.begin(); status && each != running_.end() && !stop.stop_requested();) {
      status = advance(*each->second);
      each = each->second->task.has_ended() ? running_.erase(each) : std::next(each);
    }
    if (status) continue;
    log::error("bulk", "a batch could not be written; trying again", {{"reason", status.error().detail}});
    running_.clear();  // nothing of the batch has happened: begin again where the registry says
    bell_->ring_after(kPause, stop);
  }
}

/// Asks the writer, which has by now run every change that has rung.
Status Runner::find_tasks() {
  std::vector<std::pair<RegistrationTask, cloud::Account>> found;
  XL_CHECK(store_.write([&found](cloud::Registry& registry) -> Status {
    XL_TRY(const auto tasks, registry.registration_tasks().unfinished());
    for (const RegistrationTask& task : tasks) {
      XL_TRY(cloud::Account account, registry.accounts().find(task.account_id));
      found.emplace_back(task, std::move(account));
    }
    return {};
  }));
  for (auto& [task, account] : found) {
    if (running_.contains(task.id)) continue;
    auto opened = open(task, std::move(account));
    if (opened) {
      running_.emplace(task.id, *std::move(opened));
    } else {
      XL_CHECK(give_up(task, opened.error().detail));
    }
  }
  return {};
}

void Runner::remove_old_reports(const std::stop_token& stop) {
  const auto ended_before = wall_now() - cloud::limits::kRegistrationReportsKept;
  std::size_t all = 0;
  for (std::size_t gone = kPiecesAtOnce; gone == kPiecesAtOnce && !stop.stop_requested(); all += gone) {
    const Status removed = store_.write([&](cloud::Registry& registry) -> Status {
      XL_TRY(gone, registry.registration_tasks().remove_reports_of_ended(ended_before, kPiecesAtOnce));
      return {};
    });
    if (!removed) {
      log::error("bulk", "old reports could not be removed", {{"reason", removed.error().detail}});
      gone = 0;
    }
  }
  if (all > 0) log::info("bulk", "old reports removed", {{"pieces", std::to_string(all)}});
  next_removal_ = std::chrono::steady_clock::now() + kRemoveEvery;
}

Result<std::unique_ptr<Runner::Running>> Runner::open(const RegistrationTask& task, cloud::Account account) const {
  XL_TRY(auto file, options_.buckets->open(task.account_id, task.bucket, task.key));
  if (file->version() != task.file_version)
    return fail(Error::conflict("The input file has been changed since the task was started."));
  log::info("bulk", "task runs",
            {{"task", task.id}, {"account", task.account_id}, {"lines", std::to_string(task.lines)}});
  return std::make_unique<Running>(Running{task, std::move(account), {std::move(file), task.lines, task.position}});
}

Status Runner::advance(Running& running) {
  const auto batch = read_batch(running.reader, running.task, running.account, options_);
  if (!batch) {
    running.task.status = TaskStatus::failed;
    return give_up(running.task, batch.error().detail);
  }
  XL_CHECK(store_.write([&](cloud::Registry& registry) -> Status {
    XL_TRY(running.task, registry.registration_tasks().find(running.task.account_id, running.task.id));
    return write_batch(registry, *batch, running.task);
  }));
  if (!running.task.has_ended()) return {};
  log::info("bulk", "task ended",
            {{"task", running.task.id},
             {"succeeded", std::to_string(running.task.succeeded)},
             {"failed", std::to_string(running.task.failed)}});
  return {};
}

Status Runner::give_up(const RegistrationTask& task, const std::string& why) {
  log::warn("bulk", "task failed", {{"task", task.id}, {"reason", why}});
  return store_.write([&](cloud::Registry& registry) -> Status {
    XL_TRY(RegistrationTask now, registry.registration_tasks().find(task.account_id, task.id));
    now.status = TaskStatus::failed;
    now.message = why;
    now.modified = wall_now();
    return registry.registration_tasks().update(now);
  });
}

}  // namespace xl::api::bulk
