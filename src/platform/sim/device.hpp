// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>

#include "module/module.hpp"

namespace xl::platform::sim {

/// What a bench drives: a module in this process, or one on a machine of its own whose ports reach back to the bench.
/// The operations are those of module::Module.
class Device {
 public:
  virtual ~Device() = default;
  virtual void start() = 0;
  virtual void on_uart(ByteView bytes) = 0;
  virtual void on_transport(const module::ports::TransportEvent& event) = 0;
  [[nodiscard]] virtual bool on_credentials(std::string_view ssid, std::string_view passphrase) = 0;
  virtual void on_provisioning_ended() = 0;
  virtual void on_diagnostics(const module::ports::DiagnosticEvent& event) = 0;
  virtual void on_wake() = 0;
  virtual void on_time() = 0;
  virtual std::optional<module::ports::Millis> next_deadline() const = 0;
};

/// Ports and identity outlive the device.
using MakeDevice =
    std::function<std::unique_ptr<Device>(const module::Ports&, const module::ports::Identity&, module::Settings)>;

std::unique_ptr<Device> make_local_device(const module::Ports& ports, const module::ports::Identity& identity,
                                          module::Settings settings);

}  // namespace xl::platform::sim
