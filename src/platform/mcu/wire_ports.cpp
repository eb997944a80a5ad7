// SPDX-License-Identifier: Apache-2.0
#include "platform/mcu/wire_ports.hpp"

#include "platform/mcu/machine.hpp"

namespace xl::platform::mcu {

using module::ports::Millis;

std::string_view Wire::read_text(ByteSpan room) {
  const auto size = read_number<std::uint32_t>();
  if (size > room.size()) end_with_message("wire: a text is longer than its room\n");
  for (Byte& byte : room.first(size)) byte = read();
  return as_text(room.first(size));
}

Millis WireClock::monotonic() const {
  return Millis(static_cast<Millis::rep>(wire_.put(Call::monotonic).read_number<std::uint64_t>()));
}

std::optional<Millis> WireClock::wall() const {
  const bool is_known = wire_.put(Call::wall).read_flag();
  const Millis time(static_cast<Millis::rep>(wire_.read_number<std::uint64_t>()));
  return is_known ? std::optional(time) : std::nullopt;
}

std::uint32_t WireRandom::next() { return wire_.put(Call::random).read_number<std::uint32_t>(); }

std::optional<std::size_t> WireStorage::read(std::string_view key, ByteSpan out) {
  const bool found = wire_.put(Call::storage_read).put(key).put(static_cast<std::uint32_t>(out.size())).read_flag();
  const std::size_t size = wire_.read_text(out).size();
  return found ? std::optional(size) : std::nullopt;
}

bool WireStorage::write(std::string_view key, ByteView value) {
  return wire_.put(Call::storage_write).put(key).put(value).read_flag();
}

bool WireStorage::erase(std::string_view key) { return wire_.put(Call::storage_erase).put(key).read_flag(); }

void WireLink::join(std::string_view ssid, std::string_view passphrase) {
  wire_.put(Call::link_join).put(ssid).put(passphrase);
}

void WireLink::leave() { wire_.put(Call::link_leave); }

WireLink::State WireLink::state() const { return static_cast<State>(wire_.put(Call::link_state).read()); }

void WireTransport::open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) {
  wire_.put(Call::transport_open).put(host).put(port).put(root_ca_pem);
}

bool WireTransport::send(ByteView bytes) { return wire_.put(Call::transport_send).put(bytes).read_flag(); }

void WireTransport::close() { wire_.put(Call::transport_close); }

void WirePins::set_event(bool high) { wire_.put(Call::pin_event).put(static_cast<std::uint8_t>(high)); }

unsigned WirePower::deepest_mode() const { return wire_.put(Call::power_deepest_mode).read(); }

void WirePower::sleep(unsigned mode) { wire_.put(Call::power_sleep).put(static_cast<std::uint8_t>(mode)); }

void WirePower::wake() { wire_.put(Call::power_wake); }

WireCertificates::Verdict WireCertificates::check(std::string_view pem) const {
  return static_cast<Verdict>(wire_.put(Call::check).put(pem).read());
}

WireCertificates::Verdict WireCertificates::check_successor(std::string_view pem, std::string_view previous_pem) const {
  return static_cast<Verdict>(wire_.put(Call::check_successor).put(pem).put(previous_pem).read());
}

bool WireProvisioner::start(std::string_view name) { return wire_.put(Call::provisioner_start).put(name).read_flag(); }

void WireProvisioner::stop() { wire_.put(Call::provisioner_stop); }

void WireDiagnostics::ping(std::string_view host) { wire_.put(Call::ping).put(host); }

bool WireDiagnostics::scan(std::chrono::seconds longest) {
  return wire_.put(Call::scan).put(static_cast<std::uint32_t>(longest.count())).read_flag();
}

void WireDiagnostics::cancel() { wire_.put(Call::diagnostics_cancel); }

void WireDiagnostics::set_log_verbosity(unsigned verbosity) {
  wire_.put(Call::log_verbosity).put(static_cast<std::uint8_t>(verbosity));
}

}  // namespace xl::platform::mcu
