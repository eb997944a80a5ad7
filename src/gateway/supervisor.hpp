// SPDX-License-Identifier: Apache-2.0
// Several gateway processes behind one port: more devices than one process has descriptors for, more than one core, and
// what breaks one of them breaks no other. They share the listeners and the engine, read and write the registry by
// themselves, and ask the supervisor who may have a client id. One that dies or hangs is replaced.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "gateway/gateway.hpp"

namespace xl::gateway {

struct Workers {
  std::size_t count = 2;
  /// A program that calls run_worker(), and its arguments.
  std::vector<std::string> command;
  std::filesystem::path registry_file;
  log::Level log_level = log::Level::info;
};

/// `registry`: what this process changes there is looked at by the workers at once. Rates that are not a single
/// connection's are shared out evenly among the workers. errors: as start_gateway(); unavailable (a worker did not come
/// up: its reason)
Result<std::unique_ptr<Gateway>> start_gateway_workers(GatewayOptions options, cloud::RegistryStore& registry,
                                                       const Workers& workers);

}  // namespace xl::gateway
