// SPDX-License-Identifier: Apache-2.0
// Lifecycle events on $aws/events/presence/… source: AWS IoT Developer Guide, "Lifecycle events"
#pragma once
#include <string>
#include <string_view>

#include "gateway/shared.hpp"

namespace xl::gateway {

enum class End;

struct EventSource {
  std::string account_id, client_id, certificate_id, session_id, peer_address;
};

void publish_presence(Shared& shared, const EventSource& source, bool connected, End reason);
void publish_connect_failed(Shared& shared, const EventSource& source, std::string_view reason);

}  // namespace xl::gateway
