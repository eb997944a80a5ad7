// SPDX-License-Identifier: Apache-2.0
// The AWS-compatible control plane: SigV4, one operation table, JSON.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "cloud/onboarding/attempts.hpp"
#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/buckets.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/mqtt_door.hpp"
#include "cloud/ports/registry.hpp"
#include "cloud/ports/retained_messages.hpp"
#include "crypto/aead.hpp"
#include "net/http.hpp"
#include "pki/authority.hpp"

namespace xl::api {

struct ApiOptions {
  std::string region = "us-east-1";
  std::string domain = "iot.localhost";
  crypto::AeadKey master_key{};  ///< unseals access-key secrets
  /// Signs the device certificates that the service makes (CreateKeysAndCertificate); absent: it makes none.
  std::optional<pki::Authority> device_ca = std::nullopt;
  cloud::onboarding::ClaimTimes claim_times{};
  const cloud::Presence* presence = nullptr;  ///< of modules that are claimed; null: none is connected
  /// Refused claims, counted together with everybody else who claims in this process; absent: no number is too many.
  std::shared_ptr<cloud::onboarding::Attempts> claim_attempts = nullptr;
  /// Where bulk registrations find their input files; absent: there are none.
  std::shared_ptr<const cloud::Buckets> buckets = nullptr;
  /// Absent: nobody can be asked for retained messages.
  std::shared_ptr<const cloud::RetainedMessages> retained_messages = nullptr;
  cloud::limits::AccountLimits limits{};  ///< of accounts that have none of their own
};

/// Answers every AWS request (control plane, iot-data Publish, sts, MQTT over WebSocket). The registry, the bus and the
/// door must outlive it.
class Api {
 public:
  virtual ~Api() = default;
  virtual void handle(net::HttpRequest request, std::shared_ptr<net::HttpResponder> responder) = 0;
  /// Gives up what still waits for a key to be made; the clients are told. From then on no keys are made.
  virtual void stop() = 0;
};
std::unique_ptr<Api> make_api(ApiOptions options, cloud::RegistryStore& registry, cloud::MessageBus& bus,
                              cloud::MqttDoor& door);

}  // namespace xl::api
