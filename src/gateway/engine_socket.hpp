// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>

namespace xl::gateway {

/// busy: the engine's backlog (100) is full, try again shortly; no_descriptor: this process has none left, which says
/// nothing about the engine.
enum class ConnectOutcome { connected, busy, no_descriptor, failed };
struct EngineSocket {
  ConnectOutcome outcome;
  int descriptor = -1;  ///< with connected: non-blocking, the caller's
  std::string reason;   ///< otherwise: the system's word for it
};

/// Connects to the engine's unix socket without blocking.
EngineSocket connect_engine(const std::filesystem::path& socket_path);

}  // namespace xl::gateway
