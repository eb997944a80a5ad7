// SPDX-License-Identifier: Apache-2.0
#include "gateway/events.hpp"

#include <boost/json.hpp>

#include "base/time.hpp"

namespace xl::gateway {
namespace json = boost::json;

namespace {

const char* reason_name(End reason) {
  switch (reason) {
    case End::client_disconnect:
      return "CLIENT_INITIATED_DISCONNECT";
    case End::connection_lost:
      return "CONNECTION_LOST";
    case End::client_error:
      return "CLIENT_ERROR";
    case End::duplicate_client_id:
      return "DUPLICATE_CLIENTID";
    case End::forbidden:
      return "FORBIDDEN_ACCESS";
    case End::keep_alive:
      return "MQTT_KEEP_ALIVE_TIMEOUT";
    case End::web_session_over:
      return "WEBSOCKET_TTL_EXPIRATION";
    case End::server:
      return "SERVER_INITIATED_DISCONNECT";
    case End::server_error:
      return "SERVER_ERROR";
  }
  return "NONE";
}

void publish(cloud::MessageBus& bus, const EventSource& source, const char* event, json::object members) {
  if (source.account_id.empty() || source.client_id.empty()) return;
  if (source.client_id.find_first_of("+#") != std::string::npos) return;
  members["clientId"] = source.client_id;
  members["timestamp"] = to_millis(wall_now());
  members["eventType"] = event;
  members["sessionIdentifier"] = source.session_id;
  members["principalIdentifier"] = source.certificate_id;
  const std::string topic = "$aws/events/presence/" + std::string(event) + "/" + source.client_id;
  (void)bus.publish(source.account_id, {topic, json::serialize(members)});
}

}  // namespace

void publish_presence(cloud::MessageBus& bus, const EventSource& source, bool connected, End reason) {
  json::object members{{"versionNumber", 0}};
  if (connected) {
    members["ipAddress"] = source.peer_address;
    return publish(bus, source, "connected", std::move(members));
  }
  members["clientInitiatedDisconnect"] = reason == End::client_disconnect;
  members["disconnectReason"] = reason_name(reason);
  publish(bus, source, "disconnected", std::move(members));
}

void publish_connect_failed(cloud::MessageBus& bus, const EventSource& source, std::string_view reason) {
  publish(bus, source, "connect_failed",
          {{"ipAddress", source.peer_address}, {"connectFailureReason", "AUTHORIZATION_FAILED"}, {"detail", reason}});
}

void publish_registered(cloud::MessageBus& bus, const cloud::provisioning::Principal& principal) {
  const auto& registration = *principal.registration;
  json::object event{{"certificateId", principal.certificate_id}, {"caCertificateId", registration.ca_certificate_id},
                     {"timestamp", to_millis(wall_now())},        {"certificateStatus", "PENDING_ACTIVATION"},
                     {"awsAccountId", principal.account_id},      {"certificateRegistrationTimestamp", nullptr}};
  // null the first time and a string of milliseconds later on, as AWS sends it.
  if (registration.first) event["certificateRegistrationTimestamp"] = std::to_string(to_millis(*registration.first));
  (void)bus.publish(principal.account_id,
                    {"$aws/events/certificates/registered/" + registration.ca_certificate_id, json::serialize(event)});
}

}  // namespace xl::gateway
