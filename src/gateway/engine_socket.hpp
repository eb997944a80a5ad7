// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace xl::gateway {

enum class ConnectOutcome { connected, busy, failed };
struct EngineSocket {
  ConnectOutcome outcome;
  int descriptor = -1;  ///< with connected: non-blocking, the caller's
};

/// Connects to the engine's unix socket without blocking. `busy`: its backlog (100) is full, try again shortly. Paths
/// of any length work, although a unix address holds 107 bytes.
EngineSocket connect_engine(const std::filesystem::path& socket_path);

}  // namespace xl::gateway
