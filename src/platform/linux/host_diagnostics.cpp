// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/host_diagnostics.hpp"

#include <utility>

#include "base/log.hpp"

namespace xl::platform {

using module::ports::DiagnosticEvent;
using Kind = DiagnosticEvent::Kind;

namespace {

log::Level level_of(unsigned verbosity) {
  if (verbosity < 2) return log::Level::error;
  if (verbosity < 4) return log::Level::warn;
  return verbosity < 7 ? log::Level::info : log::Level::debug;
}

}  // namespace

HostDiagnostics::HostDiagnostics(EventLoop& loop, Wifi& wifi, std::uint16_t tcp_port, NameResolver::Resolve resolve)
    : loop_(loop), wifi_(wifi), tcp_port_(tcp_port), resolver_(loop, std::move(resolve)) {}

void HostDiagnostics::ping(std::string_view host) {
  cancel();
  resolver_.ask(host, [this](NameResolver::Addresses addresses) { probe(std::move(addresses)); });
}

void HostDiagnostics::probe(NameResolver::Addresses addresses) {
  if (!addresses) {
    log::debug("diag", "no address", {{"what", addresses.error().detail}});
    return tell_failure("Unknown host");
  }
  probe_ =
      std::make_unique<EchoProbe>(loop_, *std::move(addresses), tcp_port_, [this](Result<EchoProbe::Answer> answer) {
        if (!answer) return tell_failure(answer.error().detail);
        DiagnosticEvent event{.kind = Kind::answered};
        event.round_trip = answer->round_trip;
        event.tcp_port = answer->tcp_port;
        sink_(event);
      });
  probe_->start();
}

void HostDiagnostics::tell_failure(std::string_view why) { sink_({.kind = Kind::failed, .text = why}); }

bool HostDiagnostics::scan(std::chrono::seconds longest) {
  cancel();
  if (!wifi_.has_radio()) return false;
  scan_wanted_ = std::make_shared<bool>(true);
  wifi_.scan(longest, [this, wanted = std::weak_ptr(scan_wanted_)](Wifi::Networks networks) {
    loop_.defer([this, wanted, found = std::move(networks)] {
      if (!wanted.expired()) tell_networks(found);
    });
  });
  return true;
}

void HostDiagnostics::tell_networks(const Wifi::Networks& networks) {
  for (const WifiNetwork& network : networks) {
    DiagnosticEvent event{.kind = Kind::network, .text = network.ssid};
    event.signal_dbm = network.signal_dbm;
    sink_(event);
  }
  sink_({.kind = Kind::scanned});
}

void HostDiagnostics::cancel() {
  resolver_.cancel();
  probe_.reset();
  scan_wanted_.reset();
}

void HostDiagnostics::set_log_verbosity(unsigned verbosity) { log::set_level(level_of(verbosity)); }

}  // namespace xl::platform
