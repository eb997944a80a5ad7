// SPDX-License-Identifier: Apache-2.0
#include "module/commands/diag.hpp"

#include <algorithm>

#include "at/command_line.hpp"
#include "module/core.hpp"

namespace xl::module::commands {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // source: RFC 1035 2.3.4, as text
constexpr std::uint32_t kVerbosityMax = 9;

bool is_word(std::string_view text, std::string_view upper) {
  return std::ranges::equal(text, upper, [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 0x20 : a) == b; });
}

/// A name or an address, "fe80::1%eth0" included.
bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= kHostBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view(".-_:%").find(c) != std::string_view::npos;
  });
}

Reply ping(Core& core, std::string_view host) {
  if (!is_host(host)) return error(AtError::parameter_error);
  if (core.connection.is_connecting() || core.is_in_confmode()) return error(AtError::not_allowed);
  return core.ping(host);
}

Reply scan(Core& core, std::string_view text) {
  const auto seconds = at::parse_number(text, kScanSecondsMax);
  if (!seconds || *seconds == 0) return error(AtError::parameter_error);
  if (core.connection.is_connecting()) return error(AtError::not_allowed);
  return core.scan(std::chrono::seconds(*seconds));
}

Reply set_log(Core& core, std::string_view text) {
  const auto verbosity = at::parse_number(text, kVerbosityMax);
  if (!verbosity) return error(AtError::parameter_error);
  core.ports.diagnostics->set_log_verbosity(*verbosity);
  return at::ok();
}

}  // namespace

Reply diagnose(Core& core, const Arguments& arguments) {
  if (core.ports.diagnostics == nullptr) return error(AtError::command_not_found);
  const std::string_view text = arguments.text();
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, space);
  const std::string_view rest = at::without_outer_spaces(text.substr(space));
  if (is_word(word, "PING")) return ping(core, rest);
  if (is_word(word, "SCAN")) return scan(core, rest);
  if (is_word(word, "LOG")) return set_log(core, rest);
  return error(AtError::parameter_error);
}

}  // namespace xl::module::commands
