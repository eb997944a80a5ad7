// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/result.hpp"

namespace xl::cloud {

/// Somebody with an access key who wants to speak MQTT over WebSocket. HTTP has checked the signature.
struct WebClient {
  std::string account_id;
  std::string access_key_id;  ///< the long-term one
  std::string peer_address;
};

/// How such clients reach the device gateway.
class MqttDoor {
 public:
  virtual ~MqttDoor() = default;
  /// A non-blocking stream socket, the caller's, whose other end speaks WebSocket frames from the first byte on.
  /// From any thread, does not block. errors: unavailable (no gateway takes it)
  virtual Result<int> open(const WebClient& client) = 0;
};

}  // namespace xl::cloud
