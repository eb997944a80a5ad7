// SPDX-License-Identifier: Apache-2.0
// The MQTT login string: what a module says of itself in the CONNECT username (guide 11.1.5; grammar of v1.1.2 11.1.5).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace xl::cloud::provisioning {

struct LoginString {
  std::string sdk, sdk_version, platform;
  std::string vendor, model, firmware_version, tech_spec, custom_name;
};

/// nullopt: not a login string (too long, wrong shape, a required member missing or twice, a character that the grammar
/// does not know).
std::optional<LoginString> parse_login_string(std::string_view username);

/// What an operator should know of a login.
struct LoginFinding {
  std::string evidence;  ///< for people
  /// It names another vendor than the certificate. Else it is malformed, which proves nothing: a genuine module's host
  /// may have made it so.
  bool is_contradiction = false;
};
/// `expected_vendor`: the O of the certificate; empty: not known. nullopt: nothing to report.
std::optional<LoginFinding> login_finding(std::string_view username, std::string_view expected_vendor);

}  // namespace xl::cloud::provisioning
