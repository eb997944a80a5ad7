// SPDX-License-Identifier: Apache-2.0
// MQTT over WebSocket: `GET /mqtt`, signed like any request (most clients: a presigned URL), becomes a WebSocket.
// source: AWS IoT Developer Guide, "MQTT over the WebSocket protocol"; RFC 6455 4.2
#pragma once
#include <memory>
#include <string>

#include "api/authenticator.hpp"
#include "cloud/ports/mqtt_door.hpp"
#include "net/http.hpp"

namespace xl::api {

inline constexpr std::string_view kMqttPath = "/mqtt";

/// What the client must be told with 101, or why there is no WebSocket for it: AccessDeniedException (role; the host is
/// another account's endpoint), InvalidSignatureException (signed for another service), UpgradeRequiredException,
/// InvalidRequestException (which header, and what was expected). `domain`: endpoints are <prefix>-ats.<domain>
tl::expected<net::HttpHeaders, Fault> accept_upgrade(const net::HttpRequest& request, const Caller& caller,
                                                     const std::string& domain);

/// Lets the client through to the gateway, or answers with the fault.
void open_mqtt(const net::HttpRequest& request, const Caller& caller, const std::string& domain, cloud::MqttDoor& door,
               const std::shared_ptr<net::HttpResponder>& responder, const std::string& request_id);

}  // namespace xl::api
