// SPDX-License-Identifier: Apache-2.0
#include "platform/sim/device.hpp"

namespace xl::platform::sim {
namespace {

class LocalDevice final : public Device {
 public:
  LocalDevice(const module::Ports& ports, const module::ports::Identity& identity, module::Settings settings)
      : module_(ports, identity, settings) {}

  void start() override { module_.start(); }
  void on_uart(ByteView bytes) override { module_.on_uart(bytes); }
  void on_transport(const module::ports::TransportEvent& event) override { module_.on_transport(event); }
  bool on_credentials(std::string_view ssid, std::string_view passphrase) override {
    return module_.on_credentials(ssid, passphrase);
  }
  void on_provisioning_ended() override { module_.on_provisioning_ended(); }
  void on_diagnostics(const module::ports::DiagnosticEvent& event) override { module_.on_diagnostics(event); }
  void on_wake() override { module_.on_wake(); }
  void on_time() override { module_.on_time(); }
  std::optional<module::ports::Millis> next_deadline() const override { return module_.next_deadline(); }

 private:
  module::Module module_;
};

}  // namespace

std::unique_ptr<Device> make_local_device(const module::Ports& ports, const module::ports::Identity& identity,
                                          module::Settings settings) {
  return std::make_unique<LocalDevice>(ports, identity, settings);
}

}  // namespace xl::platform::sim
