// SPDX-License-Identifier: Apache-2.0
#include "mcu/wire_device.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace xl::tests {

using module::ports::Millis;
using module::ports::TransportEvent;
using platform::mcu::Call;
using platform::mcu::Input;

WireDevice::WireDevice(Emulator& emulator, const module::Ports& ports, const module::ports::Identity& identity,
                       module::Settings settings)
    : emulator_(emulator), ports_(ports) {
  for (const auto field :
       {identity.vendor, identity.model, identity.firmware_version, identity.thing_name, identity.certificate_pem,
        identity.factory_endpoint, identity.factory_root_ca, identity.factory_ota_certificate}) {
    put(field);
  }
  put_flag(identity.has_wifi);
  put(settings.port);
  put_flag(ports.provisioner != nullptr);
  put_flag(ports.diagnostics != nullptr);
  run(Input::power_up);
}

void WireDevice::on_uart(ByteView bytes) {
  put(static_cast<std::uint32_t>(bytes.size()));
  emulator_.host.write(bytes);
  run(Input::uart);
}

/// In pieces, as a network brings them; none after the one at which the module closes.
void WireDevice::on_transport(const TransportEvent& event) {
  constexpr std::size_t kPieceMax = platform::mcu::kInputTextMax / 2;
  const bool was_open = event.kind == TransportEvent::Kind::received;
  closed_ = false;
  ByteView left = event.bytes;
  do {
    const ByteView piece = left.first(std::min(left.size(), kPieceMax));
    left = left.subspan(piece.size());
    put(static_cast<std::uint8_t>(event.kind));
    put(static_cast<std::uint8_t>(event.fault));
    put(event.detail.substr(0, kPieceMax));
    put(as_text(piece));
    run(Input::transport);
  } while (!left.empty() && was_open && !closed_);
}

bool WireDevice::on_credentials(std::string_view ssid, std::string_view passphrase) {
  put(ssid);
  put(passphrase);
  return run(Input::credentials);
}

void WireDevice::on_diagnostics(const module::ports::DiagnosticEvent& event) {
  put(static_cast<std::uint8_t>(event.kind));
  put(event.text);
  put(static_cast<std::uint64_t>(event.round_trip.count()));
  put(event.tcp_port);
  put(static_cast<std::uint32_t>(event.signal_dbm));
  run(Input::diagnostics);
}

bool WireDevice::run(Input input) {
  out_.insert(out_.begin(), static_cast<char>(input));
  flush();
  while (true) {
    const auto call = static_cast<Call>(emulator_.bench.read());
    if (call == Call::done) return finish();
    serve(call);
    flush();
  }
}

bool WireDevice::finish() {
  const bool result = number<std::uint8_t>() != 0;
  const bool has_deadline = number<std::uint8_t>() != 0;
  const Millis deadline(static_cast<Millis::rep>(number<std::uint64_t>()));
  deadline_ = has_deadline ? std::optional(deadline) : std::nullopt;
  const std::string written = emulator_.host.read(number<std::uint32_t>());
  if (!written.empty()) ports_.uart.write(as_bytes(written));
  return result;
}

void WireDevice::flush() {
  emulator_.bench.write(as_bytes(out_));
  out_.clear();
}

void WireDevice::serve(Call call) {
  switch (call) {
    case Call::monotonic:
      return put(static_cast<std::uint64_t>(ports_.clock.monotonic().count()));
    case Call::wall: {
      const auto wall = ports_.clock.wall();
      put_flag(wall.has_value());
      return put(static_cast<std::uint64_t>(wall.value_or(Millis(0)).count()));
    }
    case Call::random:
      return put(ports_.random.next());
    case Call::storage_read:
      return read_storage();
    case Call::storage_write: {
      const std::string key = text();
      return put_flag(ports_.storage.write(key, as_bytes(text())));
    }
    case Call::storage_erase:
      return put_flag(ports_.storage.erase(text()));
    case Call::link_join: {
      const std::string ssid = text();
      return ports_.link.join(ssid, text());
    }
    case Call::link_leave:
      return ports_.link.leave();
    case Call::link_state:
      return put(static_cast<std::uint8_t>(ports_.link.state()));
    case Call::transport_open: {
      const std::string host = text();
      const auto port = number<std::uint16_t>();
      return ports_.transport.open(host, port, text());
    }
    case Call::transport_send:
      return put_flag(ports_.transport.send(as_bytes(text())));
    case Call::transport_close:
      closed_ = true;
      return ports_.transport.close();
    case Call::pin_event:
      return ports_.pins.set_event(number<std::uint8_t>() != 0);
    case Call::power_deepest_mode:
      return put(static_cast<std::uint8_t>(ports_.power.deepest_mode()));
    case Call::power_sleep:
      return ports_.power.sleep(number<std::uint8_t>());
    case Call::power_wake:
      return ports_.power.wake();
    case Call::check:
      return put(static_cast<std::uint8_t>(ports_.certificates.check(text())));
    case Call::check_successor: {
      const std::string pem = text();
      return put(static_cast<std::uint8_t>(ports_.certificates.check_successor(pem, text())));
    }
    case Call::provisioner_start:
      return put_flag(ports_.provisioner->start(text()));
    case Call::provisioner_stop:
      return ports_.provisioner->stop();
    case Call::ping:
      return ports_.diagnostics->ping(text());
    case Call::scan:
      return put_flag(ports_.diagnostics->scan(std::chrono::seconds(number<std::uint32_t>())));
    case Call::diagnostics_cancel:
      return ports_.diagnostics->cancel();
    case Call::log_verbosity:
      return ports_.diagnostics->set_log_verbosity(number<std::uint8_t>());
    default:
      throw std::runtime_error("the target calls what does not exist: " + std::to_string(static_cast<int>(call)));
  }
}

void WireDevice::read_storage() {
  const std::string key = text();
  std::vector<Byte> value(number<std::uint32_t>());
  const auto size = ports_.storage.read(key, value);
  put_flag(size.has_value());
  put(as_text(ByteView(value).first(size.value_or(0))));
}

std::uint32_t stack_bytes_used(Emulator& emulator) {
  const Byte report = static_cast<Byte>(Input::report);
  emulator.bench.write(ByteView(&report, 1));
  constexpr std::size_t kDoneBytes = 1 + 1 + 1 + 8 + 4;
  static_cast<void>(emulator.bench.read(kDoneBytes));
  const std::string number = emulator.bench.read(4);
  std::uint32_t bytes = 0;
  for (unsigned i = 0; i < 4; ++i) bytes |= std::uint32_t{static_cast<Byte>(number[i])} << (8 * i);
  return bytes;
}

}  // namespace xl::tests
