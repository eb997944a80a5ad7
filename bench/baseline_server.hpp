// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

namespace xl::bench {

struct BaselineFiles {
  std::string chain, key, client_ca;
};

/// The least a mutual-TLS MQTT server can do: epoll, OpenSSL on the descriptor, full chain check, CONNACK to the first
/// bytes. Serves until killed. Everything else a server does is measured against this.
int serve_baseline(std::uint16_t port, const BaselineFiles& files);

}  // namespace xl::bench
