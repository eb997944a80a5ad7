// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <concepts>

#include "mcu/emulator.hpp"
#include "platform/mcu/wire.hpp"
#include "platform/sim/device.hpp"

namespace xl::tests {

/// A module that runs in an emulator, on the ports of a bench: the bench's end of platform/mcu/wire.hpp.
class WireDevice final : public platform::sim::Device {
 public:
  /// Power comes on; start() is still to come.
  WireDevice(Emulator& emulator, const module::Ports& ports, const module::ports::Identity& identity,
             module::Settings settings);

  void start() override { run(platform::mcu::Input::start); }
  void on_uart(ByteView bytes) override;
  void on_transport(const module::ports::TransportEvent& event) override;
  bool on_credentials(std::string_view ssid, std::string_view passphrase) override;
  void on_provisioning_ended() override { run(platform::mcu::Input::provisioning_end); }
  void on_diagnostics(const module::ports::DiagnosticEvent& event) override;
  void on_wake() override { run(platform::mcu::Input::wake); }
  void on_time() override { run(platform::mcu::Input::time); }
  std::optional<module::ports::Millis> next_deadline() const override { return deadline_; }

 private:
  /// Sends what put() has gathered and serves the target until it is done; its result.
  bool run(platform::mcu::Input input);
  bool finish();
  void serve(platform::mcu::Call call);
  void read_storage();

  template <std::unsigned_integral Number>
  void put(Number number) {
    for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) out_ += static_cast<char>(number >> shift);
  }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void put_flag(bool flag) { put(static_cast<std::uint8_t>(flag)); }
  void flush();
  template <std::unsigned_integral Number>
  Number number() {
    Number value = 0;
    for (unsigned shift = 0; shift < 8 * sizeof(Number); shift += 8) {
      value = static_cast<Number>(value | static_cast<Number>(Number{emulator_.bench.read()} << shift));
    }
    return value;
  }
  std::string text() { return emulator_.bench.read(number<std::uint32_t>()); }

  Emulator& emulator_;
  module::Ports ports_;
  std::string out_;
  bool closed_ = false;  ///< the module has closed its connection during this event
  std::optional<module::ports::Millis> deadline_;
};

/// The most of its stack that the target has ever used.
std::uint32_t stack_bytes_used(Emulator& emulator);

}  // namespace xl::tests
