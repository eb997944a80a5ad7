// SPDX-License-Identifier: Apache-2.0
// Runs bulk registrations on a thread of its own, those of several accounts by turns, a batch of lines each. Removes
// the reports of those that ended long ago.
//
// What the lines of a batch make, what is reported of them and how far the task has come are one transaction: whatever
// kills the process, a task goes on behind the last line that was done, and none is done twice.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "api/api.hpp"
#include "api/bulk/bell.hpp"
#include "api/bulk/line_reader.hpp"
#include "cloud/model/registration_task.hpp"

namespace xl::api::bulk {

class Runner {
 public:
  /// Goes on with what an earlier process left unfinished. All must outlive it. `options.buckets` must be there.
  Runner(const ApiOptions& options, cloud::RegistryStore& store);
  /// Ends after the batch that is being written; the tasks go on with the next start.
  ~Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// To be rung, inside the transaction or after it, when a task was added.
  const std::shared_ptr<Bell>& bell() const { return bell_; }

 private:
  struct Running {
    cloud::RegistrationTask task;
    cloud::Account account;
    LineReader reader;
  };

  void run(const std::stop_token& stop);
  Status find_tasks();
  void remove_old_reports(const std::stop_token& stop);
  Result<std::unique_ptr<Running>> open(const cloud::RegistrationTask& task, cloud::Account account) const;
  Status advance(Running& running);
  Status give_up(const cloud::RegistrationTask& task, const std::string& why);

  const ApiOptions& options_;
  cloud::RegistryStore& store_;
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::map<std::string, std::unique_ptr<Running>> running_;  ///< by task id
  std::chrono::steady_clock::time_point next_removal_ = std::chrono::steady_clock::now();
  std::jthread thread_;  ///< the last: it uses all of the above
};

}  // namespace xl::api::bulk
