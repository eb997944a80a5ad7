// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string_view>

#include "module/ports/clock.hpp"

namespace xl::module::ports {

/// What the body can find out for AT+DIAG (guide 7.3.1). One ping or scan at a time, never blocking; news come by
/// DiagnosticEvents that the platform hands to Module::on_diagnostics(), not from inside these calls.
class Diagnostics {
 public:
  /// One round trip to `host`, a name or an address (copied). Ends with `answered` or `failed`; who has no answer may
  /// go on asking until cancel().
  virtual void ping(std::string_view host) = 0;
  /// What is on the air: a `network` for each, strongest first, then `scanned`, after `longest` at the latest. false:
  /// there is no radio to look with.
  [[nodiscard]] virtual bool scan(std::chrono::seconds longest) = 0;
  /// No event of an earlier ping() or scan() comes any more. Harmless when there is none.
  virtual void cancel() = 0;
  /// How much the module's own log tells: 0, only what is broken, to 9, everything. Until power-down.
  virtual void set_log_verbosity(unsigned verbosity) = 0;

 protected:
  ~Diagnostics() = default;
};

struct DiagnosticEvent {
  enum class Kind : std::uint8_t { answered, failed, network, scanned };
  Kind kind;
  std::string_view text{};     ///< failed: why, short, for a person; network: its SSID. Valid during the call
  Millis round_trip{};         ///< with answered
  std::uint16_t tcp_port = 0;  ///< with answered: where a connection was tried; 0: it was an ICMP echo
  int signal_dbm = 0;          ///< with network
};

}  // namespace xl::module::ports
