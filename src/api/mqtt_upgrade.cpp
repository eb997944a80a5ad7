// SPDX-License-Identifier: Apache-2.0
#include "api/mqtt_upgrade.hpp"

#include <algorithm>

#include "api/reply.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace xl::api {
namespace {

constexpr std::string_view kWebSocketGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 1.3
constexpr std::string_view kWebSocketVersion = "13";

/// A token of a comma-separated header, compared without case; the name as it was sent.
std::optional<std::string> listed(const net::HttpRequest& request, std::string_view header, std::string_view token) {
  for (const auto& [name, value] : request.headers) {
    if (!equals_ignoring_case(name, header)) continue;
    for (const std::string_view part : split(value, ','))
      if (equals_ignoring_case(trim(part), token)) return std::string(trim(part));
  }
  return std::nullopt;
}

/// An endpoint in Host names an account; a key of another one has no business there.
bool is_endpoint_of_another(const net::HttpRequest& request, const cloud::Account& account, const std::string& domain) {
  const std::string host = to_lower(request.header("Host").value_or(""));
  const std::string name = host.substr(0, host.find(':'));
  return name.ends_with("-ats." + to_lower(domain)) && name != to_lower(cloud::endpoint_of(account, domain));
}

std::string accept_key(std::string_view key) {
  return base64_encode(crypto::sha1(as_bytes(std::string(key) + std::string(kWebSocketGuid))));
}

}  // namespace

tl::expected<net::HttpHeaders, Fault> accept_upgrade(const net::HttpRequest& request, const Caller& caller,
                                                     const std::string& domain) {
  if (caller.service != "iotdevicegateway" && caller.service != "iotdata")
    return fail(exceptions::kInvalidSignature, "Credential should be scoped to correct service: 'iotdevicegateway'.");
  if (caller.role != cloud::Role::admin) {
    return fail(exceptions::kAccessDenied, "User: " + arn_of(caller) + " is not authorized to perform: iot:Connect " +
                                               "with a " + std::string(name_of(caller.role)) + " access key");
  }
  if (is_endpoint_of_another(request, caller.account, domain))
    return fail(exceptions::kAccessDenied, "This endpoint belongs to another account than the access key.");
  if (request.method != "GET" || !listed(request, "Upgrade", "websocket") ||
      !listed(request, "Connection", "upgrade") || request.header("Sec-WebSocket-Version") != kWebSocketVersion) {
    return fail(exceptions::kUpgradeRequired,
                "This is the address of MQTT over WebSocket, version 13: the request must be GET with 'Upgrade: "
                "websocket' and 'Connection: Upgrade'. A proxy may have removed them.");
  }
  const std::string_view key = request.header("Sec-WebSocket-Key").value_or("");
  if (const auto nonce = base64_decode(key); !nonce || nonce->size() != 16)
    return fail(exceptions::kInvalidRequest, "Sec-WebSocket-Key must be 16 bytes in base64.");
  // Old clients offer only the second name. MQTT 3.1.1 6.0: the first must be offered.
  auto protocol = listed(request, "Sec-WebSocket-Protocol", "mqtt");
  if (!protocol) protocol = listed(request, "Sec-WebSocket-Protocol", "mqttv3.1");
  if (!protocol) return fail(exceptions::kInvalidRequest, "Sec-WebSocket-Protocol must offer 'mqtt'.");
  return net::HttpHeaders{
      {"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept_key(key)}, {"Sec-WebSocket-Protocol", *protocol}};
}

void open_mqtt(const net::HttpRequest& request, const Caller& caller, const std::string& domain, cloud::MqttDoor& door,
               const std::shared_ptr<net::HttpResponder>& responder, const std::string& request_id) {
  auto headers = accept_upgrade(request, caller, domain);
  const auto refuse = [&](const Fault& fault) {
    log::warn("api", "no WebSocket",
              {{"reason", fault.message}, {"key", caller.access_key_id}, {"from", request.peer_address}});
    net::HttpResponse response = json_response(fail(fault), request_id);
    if (fault.exception.status == exceptions::kUpgradeRequired.status) {
      response.headers.emplace_back("Upgrade", "websocket");
      response.headers.emplace_back("Sec-WebSocket-Version", std::string(kWebSocketVersion));
    }
    responder->respond(std::move(response));
  };
  if (!headers) return refuse(headers.error());
  const auto descriptor = door.open({caller.account.id, caller.long_term_key_id, request.peer_address});
  if (!descriptor) return refuse(Fault(descriptor.error()));
  responder->switch_protocols(*std::move(headers), *descriptor);
}

}  // namespace xl::api
