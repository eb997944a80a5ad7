// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "module/ports/diagnostics.hpp"
#include "net/resolve.hpp"
#include "platform/linux/echo_probe.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/name_resolver.hpp"
#include "platform/linux/wifi.hpp"

namespace xl::platform {

/// DIAG on a computer: name resolution and a probe for PING, the module's Wi-Fi for SCAN, the program's log for LOG.
class HostDiagnostics final : public module::ports::Diagnostics {
 public:
  /// `tcp_port`: where PING connects to if it may send no ICMP echo.
  HostDiagnostics(EventLoop& loop, Wifi& wifi, std::uint16_t tcp_port, NameResolver::Resolve resolve = &net::resolve);

  /// Where events go. Set before the first ping() or scan().
  void deliver_to(std::function<void(const module::ports::DiagnosticEvent&)> sink) { sink_ = std::move(sink); }

  void ping(std::string_view host) override;
  [[nodiscard]] bool scan(std::chrono::seconds longest) override;
  void cancel() override;
  void set_log_verbosity(unsigned verbosity) override;

 private:
  void probe(NameResolver::Addresses addresses);
  void tell_failure(std::string_view why);
  void tell_networks(const Wifi::Networks& networks);

  EventLoop& loop_;
  Wifi& wifi_;
  const std::uint16_t tcp_port_;
  NameResolver resolver_;
  std::function<void(const module::ports::DiagnosticEvent&)> sink_;
  std::unique_ptr<EchoProbe> probe_;
  std::shared_ptr<bool> scan_wanted_;  ///< of the last scan; a radio may answer when nobody waits any more
};

}  // namespace xl::platform
