// SPDX-License-Identifier: Apache-2.0
// Events on $aws/events/… source: AWS IoT Developer Guide, "Lifecycle events" and "Just-in-time registration"
#pragma once
#include <string>
#include <string_view>

#include "cloud/ports/message_bus.hpp"
#include "cloud/provisioning/jitp.hpp"

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

/// On $aws/events/certificates/registered/{caCertificateId}: a certificate awaits its activation.
void publish_registered(cloud::MessageBus& bus, const cloud::provisioning::Principal& principal);

}  // namespace xl::gateway
