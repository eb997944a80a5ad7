// SPDX-License-Identifier: Apache-2.0
// The device gateway: TLS, account by SNI, principal by certificate, policy gate, topic map, engine behind.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cloud/model/limits.hpp"
#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "crypto/aead.hpp"
#include "gateway/throttle.hpp"

namespace xl::gateway {

struct Listener {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8883;  ///< 0: any free one
};

/// How long a peer may take before it is cut.
struct Deadlines {
  std::chrono::milliseconds connect{20'000};    ///< from accept to CONNECT, handshake included
  std::chrono::milliseconds admission{30'000};  ///< of the registry, then of the engine
  std::chrono::milliseconds patience{30'000};   ///< with a peer that takes nothing
  std::chrono::milliseconds keep_alive_min = cloud::limits::kKeepAliveMin;  ///< what a shorter keep-alive becomes
  std::chrono::milliseconds web_session = cloud::limits::kWebSessionMax;    ///< of MQTT over WebSocket, in all
};

struct GatewayOptions {
  std::vector<Listener> listeners;
  std::string domain = "iot.localhost";  ///< endpoints are <prefix>-ats.<domain>
  std::string region = "us-east-1";      ///< in ARNs
  std::string tls_certificate_chain_pem;
  std::string tls_private_key_pem;
  std::string public_url;               ///< base URL of the pages, told to Quick Connect ("http://127.0.0.1:8080")
  std::filesystem::path engine_socket;  ///< Mosquitto's unix socket
  // docs/security.md "Throttles":
  Rate unproven_attempts{4000, 200};     ///< connections of one address that prove to be nobody's
  Rate connects_per_certificate{30, 1};  ///< AWS IoT: one CONNECT a second per client; zero: any number
  cloud::limits::AccountLimits limits;   ///< of accounts that have none of their own
  std::size_t processes = 1;             ///< that share what the devices of an account may do in a second
  bool drop_first_connection = false;    ///< AWS's behaviour: close after JITP instead of serving the connection
  Deadlines deadlines{};
  cloud::onboarding::ClaimTimes claim_times{};
  // Fleet provisioning: who signs what devices ask for (empty: nobody), and what seals its ownership tokens.
  std::string device_ca_certificate_pem;
  std::string device_ca_private_key_pem;
  crypto::AeadKey ownership_key{};
};

struct GatewayCounters {
  std::uint64_t connections_accepted = 0, connections_refused = 0, handshakes_failed = 0, handshakes_resumed = 0,
                sessions_open = 0, connects_accepted = 0, connects_refused = 0, provisioned = 0, messages_in = 0,
                messages_out = 0, messages_refused = 0;
};

/// One certificate in use at two addresses, which push each other out.
struct Rivals {
  std::string account_id, client_id, certificate_id;
  std::string first_address, second_address;
};

/// Runs on its own thread.
class Gateway {
 public:
  virtual ~Gateway() = default;
  virtual const std::vector<Listener>& listeners() const = 0;  ///< ports filled in
  virtual cloud::MessageBus& bus() = 0;
  virtual cloud::Presence& presence() = 0;
  virtual GatewayCounters counters() const = 0;
  /// The handler runs on the gateway's thread and must not block; once for every third time within ten minutes.
  virtual void watch_rivals(std::function<void(const Rivals&)> handler) = 0;
  /// False while the engine cannot be reached: device connects are refused meanwhile.
  virtual bool engine_ready() const = 0;
  /// Stops accepting, sends what is queued, closes sessions; returns within `seconds`.
  virtual void drain(std::uint32_t seconds) = 0;
};
/// errors: unavailable (port in use: names it and says what to do), invalid_argument (certificate or key)
Result<std::unique_ptr<Gateway>> start_gateway(GatewayOptions options, cloud::RegistryStore& registry);

}  // namespace xl::gateway
