// SPDX-License-Identifier: Apache-2.0
#include "module/commands/connect.hpp"

#include "module/core.hpp"

namespace xl::module::commands {
namespace {

constexpr std::string_view kConnected = "1 CONNECTED";
constexpr auto kBackoffHint = static_cast<unsigned>(connection::Hint::backoff);

}  // namespace

Reply connect(Core& core, const Arguments&) {
  if (core.is_in_confmode()) return error(AtError::not_allowed);
  if (core.connection.is_connected()) return at::ok(kConnected);
  if (core.connection.is_backing_off()) return at::unable_to_connect(kBackoffHint);
  core.suspend_for_connect();
  core.connection.open();
  return at::suspended();
}

Reply connect_without_waiting(Core& core, const Arguments&) {
  using connection::Hint;
  if (core.is_in_confmode()) return error(AtError::not_allowed);
  if (core.connection.is_connected()) {
    core.events.push(events::EventId::connect, static_cast<unsigned>(Hint::success));
  } else if (core.connection.is_backing_off()) {
    core.events.push(events::EventId::connect, kBackoffHint);
  } else {
    core.connection.open();
  }
  return at::ok();
}

Reply connection_status(Core& core, const Arguments&) {
  const bool connected = core.connection.is_connected();
  const bool onboarded = core.dictionary.is_onboarded();
  core.scratch.clear();
  core.scratch.add(connected ? '1' : '0').add(' ').add(onboarded ? '1' : '0');
  core.scratch.add(connected ? " CONNECTED" : " DISCONNECTED").add(onboarded ? " CUSTOMER" : " STAGING");
  return at::ok(core.scratch.view());
}

Reply disconnect(Core& core, const Arguments&) {
  core.connection.close();
  return at::ok("0 DISCONNECTED");
}

}  // namespace xl::module::commands
