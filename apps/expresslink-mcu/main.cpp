// SPDX-License-Identifier: Apache-2.0
// The module on a Cortex-M3: the host's line is the board's first UART, the module's world is at the end of the second.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "platform/mcu/machine.hpp"
#include "platform/mcu/wire_ports.hpp"

namespace xl::app {
namespace {

using namespace platform::mcu;

/// What a vendor's factory would have written into the flash; arrives over the wire.
struct Factory {
  std::array<Byte, kIdentityTextsMax> texts{};
  module::ports::Identity identity{};

  void read(Wire& wire) {
    ByteSpan room(texts);
    const auto next = [&] {
      const std::string_view text = wire.read_text(room);
      room = room.subspan(text.size());
      return text;
    };
    for (auto* field : {&identity.vendor, &identity.model, &identity.firmware_version, &identity.thing_name,
                        &identity.certificate_pem, &identity.factory_endpoint, &identity.factory_root_ca,
                        &identity.factory_ota_certificate}) {
      *field = next();
    }
    identity.has_wifi = wire.read_flag();
  }
};

/// Empty until the power is on.
std::optional<module::Module> powered_module;

class Target {
 public:
  /// Takes inputs for ever.
  [[noreturn]] void run() {
    wire_.put(Call::ready);
    while (true) {
      const auto input = static_cast<Input>(wire_.read());
      const bool result = take(input);
      const auto deadline = module_ ? module_->next_deadline() : std::nullopt;
      wire_.put(Call::done)
          .put(static_cast<std::uint8_t>(result))
          .put(static_cast<std::uint8_t>(deadline.has_value()))
          .put(static_cast<std::uint64_t>(deadline.value_or(module::ports::Millis(0)).count()))
          .put(uart_.take_written());
      if (input == Input::report) wire_.put(static_cast<std::uint32_t>(stack_bytes_used()));
    }
  }

 private:
  bool take(Input input) {
    const bool needs_module = input >= Input::start && input <= Input::time;
    if (needs_module && !module_) end_with_message("wire: no power yet\n");
    switch (input) {
      case Input::power_up:
        power_up();
        return true;
      case Input::start:
        module_->start();
        return true;
      case Input::uart:
        take_host_bytes(wire_.read_number<std::uint32_t>());
        return true;
      case Input::transport:
        take_transport_event();
        return true;
      case Input::credentials:
        return take_credentials();
      case Input::provisioning_end:
        module_->on_provisioning_ended();
        return true;
      case Input::diagnostics:
        take_diagnostics();
        return true;
      case Input::wake:
        module_->on_wake();
        return true;
      case Input::time:
        module_->on_time();
        return true;
      case Input::report:
        return true;
      case Input::trap:
        run_into_trap();
    }
    end_with_message("wire: an input that nobody knows\n");
  }

  void power_up() {
    module_.reset();
    factory_.read(wire_);
    const module::Settings settings{wire_.read_number<std::uint16_t>()};
    module::ports::Provisioner* const provisioner = wire_.read_flag() ? &provisioner_ : nullptr;
    module::ports::Diagnostics* const diagnostics = wire_.read_flag() ? &diagnostics_ : nullptr;
    module_.emplace(module::Ports{clock_, random_, storage_, link_, transport_, uart_, pins_, power_, certificates_,
                                  provisioner, diagnostics},
                    factory_.identity, settings);
  }

  void take_host_bytes(std::uint32_t count) {
    for (; count > 0; --count) {
      const Byte byte = host_line_.read();
      module_->on_uart(ByteView(&byte, 1));
    }
  }

  void take_transport_event() {
    module::ports::TransportEvent event{};
    event.kind = static_cast<module::ports::TransportEvent::Kind>(wire_.read());
    event.fault = static_cast<module::ports::TransportFault>(wire_.read());
    event.detail = wire_.read_text(text_);
    event.bytes = as_bytes(wire_.read_text(ByteSpan(text_).subspan(event.detail.size())));
    module_->on_transport(event);
  }

  void take_diagnostics() {
    module::ports::DiagnosticEvent event{};
    event.kind = static_cast<module::ports::DiagnosticEvent::Kind>(wire_.read());
    event.text = wire_.read_text(text_);
    event.round_trip = module::ports::Millis(wire_.read_number<std::uint64_t>());
    event.tcp_port = wire_.read_number<std::uint16_t>();
    event.signal_dbm = static_cast<int>(wire_.read_number<std::uint32_t>());
    module_->on_diagnostics(event);
  }

  bool take_credentials() {
    const std::string_view ssid = wire_.read_text(text_);
    const std::string_view passphrase = wire_.read_text(ByteSpan(text_).subspan(ssid.size()));
    return module_->on_credentials(ssid, passphrase);
  }

  BlockingUart host_line_{uart0_registers, kUart0ReceiveInterrupt};
  BlockingUart bench_line_{uart1_registers, kUart1ReceiveInterrupt};
  Wire wire_{bench_line_};
  WireClock clock_{wire_};
  WireRandom random_{wire_};
  WireStorage storage_{wire_};
  WireLink link_{wire_};
  WireTransport transport_{wire_};
  WirePins pins_{wire_};
  WirePower power_{wire_};
  WireCertificates certificates_{wire_};
  WireProvisioner provisioner_{wire_};
  WireDiagnostics diagnostics_{wire_};
  CountingUart uart_{host_line_};
  Factory factory_;
  std::array<Byte, kInputTextMax> text_{};
  std::optional<module::Module>& module_ = powered_module;
};

Target target;

}  // namespace
}  // namespace xl::app

int main() { xl::app::target.run(); }
