// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "module/module.hpp"
#include "platform/sim/broker.hpp"
#include "platform/sim/device.hpp"
#include "platform/sim/ports.hpp"

namespace xl::platform::sim {

inline constexpr std::string_view kThingName = "5f0e1d2c3b4a59687766554433221100ffeeddcc";
inline constexpr std::string_view kFactoryEndpoint = "staging-ats.iot.localhost";

/// A module on the desk: simulated ports, a broker behind them, time that stands still until advance().
class Bench {
 public:
  /// Powered up, its STARTUP event still unread.
  explicit Bench(bool has_wifi = true, MakeDevice make_device = &make_local_device);

  /// Bytes from the host, and whatever happens at once; what the module wrote.
  std::string type(std::string_view bytes);
  /// `line` and CR; the reply without its last CR LF.
  std::string command(std::string_view line);
  /// Runs timers on their way.
  void advance(module::ports::Millis by);
  /// Hands over what the broker has for the module.
  void settle();
  /// A person has entered this in CONFMODE; false: the module did not take it.
  bool enter_credentials(std::string_view ssid, std::string_view passphrase);
  void give_up_provisioning();
  /// News of a ping or a scan.
  void diagnose(const module::ports::DiagnosticEvent& event);
  /// RST low and high again.
  void reset_pin() { device_->start(); }
  /// WAKE low for a moment.
  void wake_pin();
  /// A module without memory of the past, on the same storage.
  void power_cycle();

  /// CONNECT, with the STARTUP event taken away before.
  void connect();
  /// Sets Endpoint to a customer's.
  void onboard();
  std::string next_event() { return command("AT+EVENT?"); }
  void drain_events();

  VirtualClock clock;
  SeededRandom random;
  MemoryStorage storage;
  Link link;
  Transport transport;
  Provisioner provisioner;  ///< of the model with Wi-Fi
  Diagnostics diagnostics;
  bool has_diagnostics = true;  ///< looked at when the power comes on
  Images images;
  bool has_images = false;  ///< looked at when the power comes on
  Uart uart;
  Pins pins;
  Power power;
  Certificates certificates;
  Broker broker;
  module::ports::Identity identity;

 private:
  module::Ports ports();

  MakeDevice make_device_;
  std::unique_ptr<Device> device_;
};

/// A certificate of the simulation.
std::string pem(std::string_view body_lines);

}  // namespace xl::platform::sim
