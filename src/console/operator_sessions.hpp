// SPDX-License-Identifier: Apache-2.0
// Who has signed in to an account's pages with one of its access keys. Kept in memory.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "cloud/ports/registry.hpp"
#include "net/http.hpp"

namespace xl::console {

struct Operator {
  cloud::Account account;
  std::string access_key_id;
  cloud::Role role = cloud::Role::read_only;
};
/// By the signature of the request (SigV4). errors: forbidden (says why)
using Authenticate = std::function<Result<Operator>(const net::HttpRequest&, const cloud::Registry&)>;

/// For one thread.
class OperatorSessions {
 public:
  static constexpr std::chrono::hours kLifetime{12};
  static constexpr std::size_t kMax = 1024;  ///< beyond, the oldest session ends

  /// Set-Cookie's value.
  std::string open(Operator who, const net::HttpRequest& request, UnixMillis now);
  /// nullptr: nobody, or not any longer; also once the access key is disabled.
  const Operator* find(const net::HttpRequest& request, const cloud::Registry& registry, UnixMillis now);
  /// Set-Cookie's value, which takes the cookie away.
  std::string close(const net::HttpRequest& request);

 private:
  struct Session {
    Operator who;
    UnixMillis expires{};
  };
  std::unordered_map<std::string, Session> sessions_;  ///< by the SHA-256 of the cookie
};

}  // namespace xl::console
