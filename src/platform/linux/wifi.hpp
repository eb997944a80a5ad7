// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "module/ports/network_link.hpp"

namespace xl::platform {

struct WifiNetwork {
  std::string ssid;  ///< any bytes, 1 to 32
  int signal_dbm = 0;
  bool is_open = false;  ///< needs no passphrase
};

/// A radio: the module's way onto a network, and what CONFMODE's page offers.
class Wifi : public module::ports::NetworkLink {
 public:
  using Networks = std::vector<WifiNetwork>;
  virtual ~Wifi() = default;
  /// false: there is nothing to scan with.
  virtual bool has_radio() const { return true; }
  /// `done` gets what is on the air, strongest first, each SSID once; after `longest` what is known by then; empty when
  /// nothing can be found. Called once, on the loop, perhaps before this returns. A new scan may join one that runs:
  /// both get its result.
  virtual void scan(std::chrono::milliseconds longest, std::function<void(Networks)> done) = 0;
};

/// What WPA can take: none for an open network, 8 to 63 bytes, or a key of 64 hexadecimal digits.
/// source: IEEE 802.11-2020 annex J.4
bool is_passphrase(std::string_view text);
/// Strongest first, each SSID once, without hidden networks.
Wifi::Networks without_repetitions(Wifi::Networks networks);

}  // namespace xl::platform
