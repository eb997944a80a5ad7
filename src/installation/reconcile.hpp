// SPDX-License-Identifier: Apache-2.0
// After a restore: the registry is told what the custody log outside it knows (docs/registry.md "Reconciling").
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cloud/onboarding/reconcile.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

/// From now on whoever opens DIR reconciles first. Durable when it returns: before the backup takes the registry's
/// place.
Status demand_reconciliation(const std::filesystem::path& folder);
/// The registry is what it was before: nothing was restored. errors: io
Status withdraw_demand(const std::filesystem::path& folder);
bool is_reconciliation_due(const std::filesystem::path& folder);

/// What the registry that is about to be replaced has not sealed yet goes into the custody log. errors: those of a
/// registry that cannot be read
Status seal_before_restore(const std::filesystem::path& folder, UnixMillis now);

struct Reconciliation {
  bool is_over = false;       ///< false: nobody's custody changes until somebody has helped
  std::string obstacle;       ///< why it is not
  std::string sealed_at;      ///< how far the log goes, ISO 8601; empty: nothing was ever sealed
  bool was_given_up = false;  ///< the log was done without
  cloud::onboarding::Reconciled what;
};
enum class WithoutLog { no, yes };

/// errors: those of the registry; a log that is lost or damaged is an obstacle, unless it is to be done without
Result<Reconciliation> reconcile(const std::filesystem::path& folder, cloud::RegistryStore& store,
                                 WithoutLog without_log, UnixMillis now);

/// A line for each thing that people should know.
std::vector<std::string> describe(const Reconciliation& reconciliation);

}  // namespace xl::installation
