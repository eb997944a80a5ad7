// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/bench.hpp"

#include <utility>

namespace xl::platform::sim {
namespace {

constexpr std::string_view kBirthCertificate =
    "-----BEGIN CERTIFICATE-----\nQklSVEgx\nQklSVEgy\nQklSVEgz\n-----END CERTIFICATE-----\n";
constexpr std::string_view kRootCa = "-----BEGIN CERTIFICATE-----\nUk9PVA==\n-----END CERTIFICATE-----\n";
constexpr std::string_view kOtaCertificate = "-----BEGIN CERTIFICATE-----\nT1RB\n-----END CERTIFICATE-----\n";

}  // namespace

Bench::Bench(bool has_wifi, MakeDevice make_device)
    : broker(transport),
      identity{.vendor = "Open",
               .model = "Sim-1",
               .firmware_version = "1.2.3",
               .thing_name = kThingName,
               .certificate_pem = kBirthCertificate,
               .factory_endpoint = kFactoryEndpoint,
               .factory_root_ca = kRootCa,
               .factory_ota_certificate = kOtaCertificate,
               .has_wifi = has_wifi},
      make_device_(std::move(make_device)),
      device_(make_device_(ports(), identity, module::Settings{})) {
  device_->start();
}

module::Ports Bench::ports() {
  return {clock,
          random,
          storage,
          link,
          transport,
          uart,
          pins,
          power,
          certificates,
          identity.has_wifi ? &provisioner : nullptr,
          has_diagnostics ? &diagnostics : nullptr,
          has_images ? &images : nullptr};
}

std::string Bench::type(std::string_view bytes) {
  {
    const Scope inside(true);
    device_->on_uart(as_bytes(bytes));
  }
  settle();
  return uart.take();
}

std::string Bench::command(std::string_view line) {
  std::string reply = type(std::string(line) + "\r");
  if (reply.ends_with("\r\n")) reply.resize(reply.size() - 2);
  return reply;
}

void Bench::advance(module::ports::Millis by) {
  const auto end = clock.monotonic() + by;
  while (true) {
    const auto due = device_->next_deadline();
    if (!due || *due > end) break;
    if (*due > clock.monotonic()) clock.advance(*due - clock.monotonic());
    {
      const Scope inside(true);
      device_->on_time();
    }
    settle();
  }
  clock.advance(end - clock.monotonic());
}

void Bench::settle() {
  module::ports::TransportEvent event{};
  std::string bytes;
  while (broker.next_event(event, bytes)) {
    const Scope inside(true);
    device_->on_transport(event);
  }
}

bool Bench::enter_credentials(std::string_view ssid, std::string_view passphrase) {
  const Scope inside(true);
  const bool taken = device_->on_credentials(ssid, passphrase);
  if (taken) provisioner.stop();
  return taken;
}

void Bench::give_up_provisioning() {
  const Scope inside(true);
  provisioner.stop();
  device_->on_provisioning_ended();
}

void Bench::diagnose(const module::ports::DiagnosticEvent& event) {
  const Scope inside(true);
  device_->on_diagnostics(event);
}

void Bench::wake_pin() {
  const Scope inside(true);
  device_->on_wake();
}

void Bench::power_cycle() {
  transport.close();
  device_.reset();
  device_ = make_device_(ports(), identity, module::Settings{});
  device_->start();
}

void Bench::connect() {
  drain_events();
  command("AT+CONNECT");
}

void Bench::onboard() { command("AT+CONF Endpoint=customer-ats.iot.localhost"); }

void Bench::drain_events() {
  while (next_event() != "OK") {
  }
}

std::string pem(std::string_view body_lines) {
  return "-----BEGIN CERTIFICATE-----\n" + std::string(body_lines) + "\n-----END CERTIFICATE-----\n";
}

}  // namespace xl::platform::sim
