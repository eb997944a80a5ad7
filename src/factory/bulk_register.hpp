// SPDX-License-Identifier: Apache-2.0
// A whole lot becomes things of an account by one thing registration task. source: AWS IoT API Reference,
// StartThingRegistrationTask
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "factory/register.hpp"

namespace xl::factory {

struct LotOptions {
  std::filesystem::path lot;      ///< of identity folders
  std::filesystem::path buckets;  ///< the cloud's DIR/buckets, here or mounted
  std::string bucket = "factory";
};

struct LotProgress {
  std::int64_t succeeded = 0, failed = 0, percent = 0;
};
struct LotEvents {
  std::function<void(const std::string&)> step;      ///< what was done, a sentence
  std::function<void(const LotProgress&)> progress;  ///< while the task runs
  std::function<void(const std::string&)> line;      ///< the report: one module each
};

/// Writes the manifest into the bucket, starts the task, waits for its end and reports. The task's id is kept in the
/// lot: run again it goes on waiting for the task that runs, and a lot that is done is only reported again. Lines that
/// failed are tried again by a new task, for which those that succeeded are the same once more.
/// errors: not_found (no lot, no buckets folder), unavailable, forbidden (the cloud's reason), conflict (lines failed,
/// or the task did not complete)
Result<LotProgress> register_lot(const Registrar& registrar, const LotOptions& options, const LotEvents& events);

}  // namespace xl::factory
