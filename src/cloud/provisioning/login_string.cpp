// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/login_string.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace xl::cloud::provisioning {
namespace {

constexpr std::size_t kBytesMax = 1024;
constexpr std::size_t kMetadataBytesMax = 256;     // source: guide v1.1.2, 11.1.5.4
constexpr std::size_t kVendorCharactersKept = 32;  // vendor and model share the 64 characters of About

struct Member {
  std::string_view name;
  std::string LoginString::* field;
};

constexpr std::array<Member, 3> kOuter{
    {{"SDK", &LoginString::sdk}, {"SDKVersion", &LoginString::sdk_version}, {"Platform", &LoginString::platform}}};
constexpr std::array<Member, 5> kMetadata{{{"Vendor", &LoginString::vendor},
                                           {"Model", &LoginString::model},
                                           {"FWversion", &LoginString::firmware_version},
                                           {"TechSpec", &LoginString::tech_spec},
                                           {"CustomName", &LoginString::custom_name}}};

bool is_allowed(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == ' ';
}

/// Fills the named members; others are passed over. False when one of ours is missing, comes twice or holds a character
/// outside the grammar.
template <std::size_t Size>
bool read_members(std::string_view text, char separator, const std::array<Member, Size>& members, LoginString& out) {
  std::array<int, Size> seen{};
  for (const std::string_view part : split(text, separator)) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const auto member = std::ranges::find(members, trim(part.substr(0, equals)), &Member::name);
    if (member == members.end()) continue;
    const std::string_view value = trim(part.substr(equals + 1));
    if (!std::ranges::all_of(value, is_allowed)) return false;
    out.*member->field = std::string(value);
    ++seen[static_cast<std::size_t>(member - members.begin())];
  }
  return std::ranges::all_of(seen, [](int times) { return times == 1; });
}

/// As a module writes a vendor's name: characters outside the grammar become `-`.
std::string cleaned(std::string_view vendor) {
  std::string out(trim(vendor));
  std::ranges::replace_if(out, [](char c) { return !is_allowed(c); }, '-');
  return out;
}

/// A module may have cut a long name.
bool same_vendor(std::string_view claimed, std::string_view expected) {
  if (claimed.size() < kVendorCharactersKept) return equals_ignoring_case(claimed, expected);
  return equals_ignoring_case(claimed, expected.substr(0, claimed.size()));
}

}  // namespace

std::optional<LoginString> parse_login_string(std::string_view username) {
  if (username.size() > kBytesMax || !username.starts_with('?')) return std::nullopt;
  const auto open = username.find("Metadata=(");
  const auto close = username.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  const auto start = open + std::string_view("Metadata=(").size();
  const std::string_view metadata = username.substr(start, close - start);
  LoginString login;
  if (!read_members(username.substr(1, open - 1), '&', kOuter, login)) return std::nullopt;
  if (metadata.size() > kMetadataBytesMax || login.platform != "ExpressLink") return std::nullopt;
  if (!read_members(metadata, ';', kMetadata, login)) return std::nullopt;
  return login.vendor.empty() || login.model.empty() ? std::nullopt : std::optional(login);
}

std::optional<LoginFinding> login_finding(std::string_view username, std::string_view expected_vendor) {
  const auto login = parse_login_string(username);
  if (!login) return LoginFinding{"the MQTT login string is not an ExpressLink module's (guide 11.1.5)", false};
  if (expected_vendor.empty() || same_vendor(login->vendor, cleaned(expected_vendor))) return std::nullopt;
  return LoginFinding{"the login string names vendor \"" + login->vendor + "\", the certificate's issuer \"" +
                          cleaned(expected_vendor) + "\"",
                      true};
}

}  // namespace xl::cloud::provisioning
