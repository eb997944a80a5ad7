// SPDX-License-Identifier: Apache-2.0
// A bulk registration: a template, and a file with the parameters of one device on every line.
// source: AWS IoT API Reference, StartThingRegistrationTask
#pragma once
#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

/// cancelling: a stop was asked for, the lines that are under way go to their end.
enum class TaskStatus { in_progress, completed, failed, cancelled, cancelling };

/// At most one of an account has not ended.
struct RegistrationTask {
  std::string account_id;
  std::string id;
  std::string template_body;
  std::string bucket;
  std::string key;
  std::string role_arn;
  TaskStatus status = TaskStatus::in_progress;
  std::string message;  ///< why it failed
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;      ///< lines; the task itself goes on
  std::int64_t lines = 0;       ///< read so far, blank ones too
  std::int64_t position = 0;    ///< in the file, behind those lines
  std::int64_t file_bytes = 0;  ///< of the whole file
  std::string file_version;     ///< another one: the file is not the one that the task began with
  UnixMillis created{};
  UnixMillis modified{};

  bool has_ended() const { return status != TaskStatus::in_progress && status != TaskStatus::cancelling; }
};

enum class ReportType { errors, results };

}  // namespace xl::cloud
