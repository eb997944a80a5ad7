// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::module::ports {

/// The step a connection attempt failed at; CONNECT's hints 3 and 4 (guide 4.7.2.2).
enum class TransportFault : std::uint8_t {
  none,
  unreachable,       ///< name not resolved, refused, no route, timed out before TCP was up: hint 3
  not_authenticated  ///< TLS failed: server not signed by RootCA, wrong host name, our certificate refused, key store
                     ///< away: hint 4
};

/// One TLS 1.2+ connection, mutually authenticated with the module's own key and birth certificate. Never blocks.
/// The owner learns of progress by TransportEvents that the platform hands to Module::on_transport().
class Transport {
 public:
  /// Starts a connection: SNI = verified host name = `host`; the server must chain to one of the PEM certificates in
  /// `root_ca_pem` (copied). Ends with an `opened` or `failed` event. Only when closed.
  virtual void open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) = 0;
  /// Queues all of `bytes` or nothing; false when the queue is full or the connection is not open.
  [[nodiscard]] virtual bool send(ByteView bytes) = 0;
  /// Sends what is queued as far as it goes at once, then closes. No event follows. Harmless when closed.
  virtual void close() = 0;

 protected:
  ~Transport() = default;
};

struct TransportEvent {
  enum class Kind : std::uint8_t { opened, failed, received, closed_by_peer };
  Kind kind;
  TransportFault fault = TransportFault::none;  ///< with failed
  std::string_view detail;                      ///< with failed: short, for a person; valid during the call
  ByteView bytes;                               ///< with received; valid during the call
};

}  // namespace xl::module::ports
