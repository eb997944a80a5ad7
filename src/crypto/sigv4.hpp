// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4: canonical request, signing and verification. Pure: no sockets, no clock.
// source: AWS "Signature Version 4 signing process"; the path is percent-encoded twice for these services.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace xl::crypto {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< empty for long-term keys
};

/// A request as it is on the wire.
struct SignedRequest {
  std::string method;
  std::string target;  ///< raw path and query, as sent: "/things/a%2Fb?maxResults=1"
  std::vector<std::pair<std::string, std::string>> headers;  ///< Host included
  std::string_view body;
};

/// Adds X-Amz-Date, X-Amz-Security-Token (when the credentials have one) and Authorization to request.headers.
/// Signs host, x-amz-* and x-amzn-* headers and content-type.
void sign_v4(SignedRequest& request, const Credentials& credentials, std::string_view region, std::string_view service,
             UnixMillis now);

/// Why a request is refused; each maps to one AWS exception name.
enum class SigV4Fault {
  missing_authentication,  ///< no Authorization header
  incomplete_signature,    ///< Authorization cannot be parsed, or a required part is missing
  unknown_key,             ///< access key id not found
  bad_signature,           ///< also: body hash mismatch, scope date mismatch, unsigned Host
  expired,                 ///< outside the accepted clock window
  not_yet_valid
};
struct SigV4Rejection {
  SigV4Fault fault;
  std::string message;  ///< AWS's wording, safe to send back
};
struct SigV4Identity {
  std::string access_key_id;
  std::string region;
  std::string service;
};

/// Returns the secret of an access key id, or nullopt.
using SecretLookup = std::function<std::optional<std::string>(std::string_view access_key_id)>;

/// Header-signed requests. Accepts the service names of AWS IoT clients (iot, execute-api, iotdata, iotdevicegateway,
/// iot-jobs-data, sts) and a clock skew of 15 minutes. Constant-time comparison.
tl::expected<SigV4Identity, SigV4Rejection> verify_v4(const SignedRequest& request, const SecretLookup& secret_of,
                                                      UnixMillis now);

}  // namespace xl::crypto
