// SPDX-License-Identifier: Apache-2.0
// Who may try to come in (docs/security.md "Throttles"). Cheap questions, asked before TLS costs anything.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/throttle.hpp"

namespace xl::gateway {

/// An address pays for each attempt and gets it back when the attempt proves to be a device's: a factory behind one
/// address pays nothing in the long run. Then the device's own certificate pays for connecting too often.
class Door {
 public:
  static constexpr std::size_t kHandshakesWaitingMax = 8000;

  /// `sessions_max`: how many connections this process can hold.
  Door(std::size_t sessions_max, Rate per_address, Rate per_certificate)
      : sessions_max_(sessions_max),
        addresses_(per_address),
        per_certificate_(per_certificate),
        certificates_(per_certificate) {}

  /// Nothing, or why the connection is closed at once.
  std::optional<std::string> turned_away(const boost::asio::ip::address& peer, std::size_t sessions,
                                         std::size_t handshakes_waiting);
  bool is_full(std::size_t sessions) const { return sessions >= sessions_max_; }
  /// The attempt was a device's.
  void refund(std::string_view peer_address);
  /// False: this certificate connects too often.
  bool may_connect(std::string_view certificate_id) {
    return per_certificate_.per_second <= 0 || certificates_.take(certificate_id);
  }

 private:
  std::size_t sessions_max_;
  Throttle addresses_;
  Rate per_certificate_;
  Throttle certificates_;
};

/// How many connections the HTTP server may hold by this process's limit of descriptors. Each may become one of MQTT
/// over WebSocket, with a second socket that leads to the gateway, and so counts twice.
std::size_t http_connections_that_fit();

/// As many sessions as this process has descriptors for: each needs two (its own and the engine's), and some are kept
/// for everything else. `beside_http`: the HTTP server is in this process too, and what it may hold is kept for it.
std::size_t sessions_that_fit(bool beside_http);

}  // namespace xl::gateway
