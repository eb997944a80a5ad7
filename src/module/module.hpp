// SPDX-License-Identifier: Apache-2.0
// The ExpressLink module: bytes, transport events and time in; replies, packets and pin levels out through the ports.
// No operating system, no heap after start(), no exceptions, no RTTI.
#pragma once
#include <cstddef>
#include <optional>

#include "base/bytes.hpp"
#include "module/limits.hpp"
#include "module/ports/certificates.hpp"
#include "module/ports/clock.hpp"
#include "module/ports/diagnostics.hpp"
#include "module/ports/identity.hpp"
#include "module/ports/image_store.hpp"
#include "module/ports/network_link.hpp"
#include "module/ports/power.hpp"
#include "module/ports/provisioner.hpp"
#include "module/ports/random.hpp"
#include "module/ports/storage.hpp"
#include "module/ports/transport.hpp"
#include "module/ports/uart.hpp"

namespace xl::module {

struct Ports {
  ports::Clock& clock;
  ports::Random& random;
  ports::Storage& storage;
  ports::NetworkLink& link;
  ports::Transport& transport;
  ports::Uart& uart;
  ports::Pins& pins;
  ports::Power& power;
  ports::Certificates& certificates;
  ports::Provisioner* provisioner = nullptr;  ///< null: the model has no CONFMODE
  ports::Diagnostics* diagnostics = nullptr;  ///< null: the model has no DIAG
  ports::ImageStore* images = nullptr;        ///< null: the model has no OTW
};

struct Settings {
  std::uint16_t port = 8883;
};

/// Large (its buffers are members): keep it static or allocate it once.
class Module {
 public:
  Module(Ports ports, const ports::Identity& identity, Settings settings);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// Power-up or RST released: reads the persistent keys, clears the rest, queues STARTUP.
  void start();
  void on_uart(ByteView bytes);
  void on_transport(const ports::TransportEvent& event);
  /// A person has entered these in CONFMODE, which is over now. false, and CONFMODE goes on: not stored (too long, no
  /// SSID, the storage refused). An open network has an empty passphrase. Not from inside Provisioner::start().
  [[nodiscard]] bool on_credentials(std::string_view ssid, std::string_view passphrase);
  /// CONFMODE is over without credentials; the host sees it by CONNECT, which is no longer refused.
  void on_provisioning_ended();
  /// News of a ping or scan that the module has asked for.
  void on_diagnostics(const ports::DiagnosticEvent& event);
  /// The WAKE pin has become low (guide 2.2.6): ends a sleep, and means nothing otherwise.
  void on_wake();
  /// Runs due timers. Call when next_deadline() has come; calling early or late is harmless.
  void on_time();
  /// When on_time() wants to run (Clock::monotonic); nullopt: no timer is set.
  std::optional<ports::Millis> next_deadline() const;

 private:
  struct State;
  static constexpr std::size_t kStateBytes = kSizes.state_bytes;
  alignas(std::max_align_t) Byte storage_[kStateBytes];  ///< holds State; checked by static_assert in module.cpp
  State& state_;
};

}  // namespace xl::module
