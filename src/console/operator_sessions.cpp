// SPDX-License-Identifier: Apache-2.0
#include "console/operator_sessions.hpp"

#include <algorithm>

#include "console/cookie.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::console {
namespace {

constexpr std::string_view kCookie = "operator";

std::string cookie(std::string_view value, std::chrono::seconds lifetime, bool secure) {
  return std::string(kCookie) + "=" + std::string(value) +
         "; Path=/console; Max-Age=" + std::to_string(lifetime.count()) + "; HttpOnly; SameSite=Strict" +
         (secure ? "; Secure" : "");
}

}  // namespace

std::string OperatorSessions::open(Operator who, const net::HttpRequest& request, UnixMillis now) {
  std::erase_if(sessions_, [&](const auto& entry) { return now >= entry.second.expires; });
  if (sessions_.size() >= kMax)
    sessions_.erase(std::ranges::min_element(sessions_, {}, [](const auto& entry) { return entry.second.expires; }));
  const std::string id = crypto::random_hex(32);
  sessions_.emplace(crypto::sha256_hex(id), Session{std::move(who), now + kLifetime});
  return cookie(id, kLifetime, request.secure);
}

const Operator* OperatorSessions::find(const net::HttpRequest& request, const cloud::Registry& registry,
                                       UnixMillis now) {
  const auto id = find_cookie(request, kCookie);
  const auto found = id ? sessions_.find(crypto::sha256_hex(*id)) : sessions_.end();
  if (found == sessions_.end()) return nullptr;
  const auto key = registry.accounts().find_access_key(found->second.who.access_key_id);
  if (key && key->is_active && now < found->second.expires) return &found->second.who;
  sessions_.erase(found);
  return nullptr;
}

std::string OperatorSessions::close(const net::HttpRequest& request) {
  if (const auto id = find_cookie(request, kCookie)) sessions_.erase(crypto::sha256_hex(*id));
  return cookie("", std::chrono::seconds(0), request.secure);
}

}  // namespace xl::console
