// SPDX-License-Identifier: Apache-2.0
// A gateway in a process of its own, one of several under a supervisor (see supervisor.hpp).
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::gateway {

/// The descriptors a worker is started with: where its orders come from, where it counts (counters.hpp), then the
/// listeners.
inline constexpr int kWorkerControl = 3, kWorkerCounters = 4, kWorkerListeners = 5;

using OpenRegistry = std::function<Result<std::unique_ptr<cloud::RegistryStore>>(const std::string& file)>;

/// Serves until the supervisor or SIGTERM says stop. errors: as start_gateway(), and those of `open_registry`; the
/// supervisor is told.
Status run_worker(const OpenRegistry& open_registry);

}  // namespace xl::gateway
