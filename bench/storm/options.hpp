// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace xl::storm {

struct Options {
  std::filesystem::path identities;
  std::string endpoint;      ///< SNI and verified name; empty: each identity's own
  std::string connect_to;    ///< "ADDR:PORT"; empty: the endpoint, port 8883
  std::string root_ca_file;  ///< empty: the first identity's own
  std::size_t modules = 0;   ///< 0: all identities
  double rate = 0;           ///< connection attempts per second; 0: as fast as possible
  std::size_t concurrency = 64;
  double hold_seconds = 0;
  std::optional<double> publish_every_ms;  ///< 0: as soon as an earlier one is answered
  std::size_t messages = 0;                ///< by each module; 0: as long as the hold lasts
  std::size_t window = 8;
  std::size_t payload_bytes = 64;
  int qos = 0;
  std::string topic = "{thing}/data";
  bool subscribe = false;
  bool follow = false;
  bool tls12 = false, resume = false;
  std::size_t reconnects = 0;
  double timeout_seconds = 30;
  bool json = false;

  bool publishes() const { return publish_every_ms.has_value(); }
  bool unthrottled() const { return publish_every_ms == 0.0; }
  bool holds() const { return hold_seconds > 0 || messages > 0; }
};

/// errors: the exit code (0 after --help)
tl::expected<Options, int> parse_options(int argc, char** argv);

}  // namespace xl::storm
