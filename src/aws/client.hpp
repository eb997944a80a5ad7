// SPDX-License-Identifier: Apache-2.0
// Signed calls of an AWS-compatible control plane.
#pragma once
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "crypto/sigv4.hpp"
#include "net/http.hpp"

namespace xl::aws {

inline constexpr const char* kJson = "application/json";

struct Reply {
  int status = 0;
  std::string exception;  ///< "ResourceAlreadyExistsException"; empty on success
  std::string body;
};

/// What a person is told when `what` was refused: the exception and its message.
std::string refusal_text(const std::string& what, const Reply& reply);

struct Access {
  std::string url;
  crypto::Credentials credentials;
  std::string region;
  net::HttpClientOptions http;
};

class Client {
 public:
  explicit Client(Access access) : access_(std::move(access)) {}

  struct Call {
    std::string method, target, body = {};
    std::string_view service = "iot";
    std::string_view content_type = kJson;
    net::HttpHeaders headers = {};  ///< further ones
  };
  /// errors: unavailable (no answer). An AWS exception is a reply, not an error.
  Result<Reply> call(Call call) const;
  const std::string& region() const { return access_.region; }

 private:
  Access access_;
};

}  // namespace xl::aws
