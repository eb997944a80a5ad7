// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace xl::bench {

struct FleetOptions {
  std::uint16_t port = 0;
  std::string host;        ///< SNI and verified name
  std::string root_ca;     ///< PEM file
  std::string identities;  ///< folder of identity folders
  long connects = 0;       ///< in all; each identity in turn
  int concurrency = 16;
  bool tls12 = false;
};

/// Connects (TLS, MQTT CONNECT, CONNACK, DISCONNECT) in a closed loop and prints one JSON line:
/// {"done":n,"failed":n,"seconds":s,"p50_ms":x,"p99_ms":x}. Exit code 1 when any connect failed.
int run_fleet(const FleetOptions& options);

}  // namespace xl::bench
