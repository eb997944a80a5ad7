// SPDX-License-Identifier: Apache-2.0
#include "console/cookie.hpp"

#include "base/text.hpp"
#include "console/sessions.hpp"

namespace xl::console {
namespace {

constexpr std::string_view kName = "quick_connect";
constexpr std::size_t kIdLength = 64;

}  // namespace

std::optional<std::string> find_cookie(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [header, value] : request.headers) {
    if (!equals_ignoring_case(header, "Cookie")) continue;
    for (const std::string_view part : split(value, ';')) {
      const std::string_view pair = trim(part);
      const auto equals = pair.find('=');
      if (equals != name.size() || !pair.starts_with(name)) continue;
      const std::string_view id = pair.substr(equals + 1);
      if (id.size() == kIdLength && hex_decode(id)) return std::string(id);
    }
  }
  return std::nullopt;
}

std::optional<std::string> session_cookie(const net::HttpRequest& request) { return find_cookie(request, kName); }

std::string session_cookie_for(std::string_view id, std::string_view thing_name, bool secure) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Sessions::kLifetime).count();
  return std::string(kName) + "=" + std::string(id) + "; Path=/q/" + std::string(thing_name) +
         "; Max-Age=" + std::to_string(seconds) + "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
}

}  // namespace xl::console
