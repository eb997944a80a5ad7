// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <stop_token>
#include <thread>

namespace xl::installation {

/// Backs DIR's registry up into DIR/backups, on a thread of its own, and keeps the newest seven. The first is made when
/// the newest there is older than `every`; restarts therefore neither skip one nor add one. A failure is logged and
/// tried again. Ends with the destructor, which does not wait for a backup to complete.
class BackupSchedule {
 public:
  BackupSchedule(const std::filesystem::path& folder, std::chrono::seconds every);

 private:
  std::jthread thread_;
};

}  // namespace xl::installation
