// SPDX-License-Identifier: Apache-2.0
// Some lines of a bulk registration: read and checked on the task's thread, written by the registry's.
#pragma once
#include <vector>

#include "api/bulk/line_reader.hpp"
#include "api/registration.hpp"
#include "cloud/model/registration_task.hpp"

namespace xl::api::bulk {

struct Batch {
  struct Entry {
    Line line;
    boost::json::value parameters;  ///< null when the line is no JSON
    tl::expected<Registration, Fault> registration;
  };
  Request request;             ///< in whose name
  std::vector<Entry> entries;  ///< without the blank lines
  std::int64_t first_line = 0;
  std::int64_t lines = 0, position = 0;  ///< of the file, behind the batch
  bool is_last = false;
};

/// errors: io
Result<Batch> read_batch(LineReader& reader, const cloud::RegistrationTask& task, const cloud::Account& account,
                         const ApiOptions& options);

/// Inside a transaction; brings `task` forward and keeps it. A line that fails is undone alone and reported. When the
/// task is to be stopped, it is, and nothing of the batch is done.
/// errors: what is not the lines' fault, so that all of it must be undone
Status write_batch(cloud::Registry& registry, const Batch& batch, cloud::RegistrationTask& task);

}  // namespace xl::api::bulk
