// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4: signing and verification. Pure: no sockets, no clock.
// source: AWS "Signature Version 4 signing process"; the path is percent-encoded twice for these services.
#pragma once
#include <functional>
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

/// The path that a signature covers: without dot segments and empty ones (RFC 3986 5.2.4), still percent-encoded. Route
/// by it: a signature for "/a" is good for "/b/../a" too. `raw_path` has no query.
std::string normalized_path(std::string_view raw_path);

/// Why a request is refused; each maps to one AWS exception name.
enum class SigV4Fault {
  missing_authentication,  ///< neither an Authorization header nor a presigned URL
  incomplete_signature,    ///< cannot be parsed, says it twice, or a required part is missing
  unknown_key,             ///< access key id not found or disabled, or the session token does not belong to it
  expired_token,           ///< the session token's time is over
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

/// The secret of an access key id, or why there is none: unknown_key or expired_token. `session_token` is empty for
/// long-term keys.
using SecretLookup = std::function<tl::expected<std::string, SigV4Fault>(std::string_view access_key_id,
                                                                         std::string_view session_token)>;

/// Requests signed by header or by URL ("presigned"), of the service names of AWS IoT clients (iot, execute-api,
/// iotdata, iotdevicegateway, iot-jobs-data, sts). The clocks may differ by 15 minutes. A URL is good for
/// X-Amz-Expires, but no longer than 15 minutes, of iotdevicegateway (MQTT over WebSocket) 5, as at AWS. Constant-time
/// comparison. For iotdevicegateway the session token may stand outside the signature, and Host may have been signed
/// with or without its port: clients differ. source: AWS IoT Developer Guide, "MQTT over the WebSocket protocol"
tl::expected<SigV4Identity, SigV4Rejection> verify_v4(const SignedRequest& request, const SecretLookup& secret_of,
                                                      UnixMillis now);

}  // namespace xl::crypto
