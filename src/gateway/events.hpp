// SPDX-License-Identifier: Apache-2.0
// Lifecycle events on $aws/events/presence/… source: AWS IoT Developer Guide, "Lifecycle events"
#pragma once
#include <string>
#include <string_view>

#include "cloud/ports/message_bus.hpp"

namespace xl::gateway {

/// source: AWS IoT Core lifecycle events, disconnectReason
enum class End {
  client_disconnect,
  connection_lost,
  client_error,
  duplicate_client_id,
  forbidden,
  keep_alive,
  server,
  server_error,
  web_session_over
};

struct EventSource {
  std::string account_id, client_id, certificate_id, session_id, peer_address;
};

/// Told live or not at all: without an engine nobody listens.
void publish_presence(cloud::MessageBus& bus, const EventSource& source, bool connected, End reason);
void publish_connect_failed(cloud::MessageBus& bus, const EventSource& source, std::string_view reason);

}  // namespace xl::gateway
