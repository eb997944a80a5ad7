// SPDX-License-Identifier: Apache-2.0
#include "module/module.hpp"

#include "module/core.hpp"

namespace xl::module {

struct Module::State {
  Core core;

  static void* operator new(std::size_t, void* place) noexcept { return place; }
};

Module::Module(Ports ports, const ports::Identity& identity, Settings settings)
    : state_(*new(storage_) State{Core(ports, identity, settings)}) {
  static_assert(sizeof(State) <= kStateBytes);
}

Module::~Module() { state_.~State(); }

void Module::start() { state_.core.power_up(); }
void Module::on_uart(ByteView bytes) { state_.core.on_uart(bytes); }
void Module::on_transport(const ports::TransportEvent& event) { state_.core.on_transport(event); }
bool Module::on_credentials(std::string_view ssid, std::string_view passphrase) {
  return state_.core.on_credentials(ssid, passphrase);
}
void Module::on_provisioning_ended() { state_.core.on_provisioning_ended(); }
void Module::on_diagnostics(const ports::DiagnosticEvent& event) { state_.core.on_diagnostics(event); }
void Module::on_wake() { state_.core.on_wake(); }
void Module::on_time() { state_.core.on_time(); }
std::optional<ports::Millis> Module::next_deadline() const { return state_.core.next_deadline(); }

}  // namespace xl::module
