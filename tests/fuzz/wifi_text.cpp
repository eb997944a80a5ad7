// SPDX-License-Identifier: Apache-2.0
// What neighbours may say: the names of access points as wpa_supplicant tells them, and the forms of CONFMODE's page.
#include <algorithm>

#include "base/text.hpp"
#include "fuzz/fuzz.hpp"
#include "platform/linux/confmode_html.hpp"
#include "platform/linux/wpa_text.hpp"

namespace xl::fuzz {
namespace {

using namespace platform;

void check_form(std::string_view body) {
  const auto form = confmode::parse_form(body);
  if (!form) return;
  std::string again;
  for (const auto& [name, value] : *form) again += percent_encode(name) + "=" + percent_encode(value) + "&";
  require(confmode::parse_form(again) == form, "a form is what it says");
  const auto entry = confmode::entry_of(*form);
  const bool can_join = !entry.ssid.empty() && entry.ssid.size() <= 32 && is_passphrase(entry.passphrase);
  require(confmode::complaint_about(entry, {}).empty() == can_join, "what nobody could join with is refused");
}

std::ptrdiff_t marks(const std::string& html) {
  return std::ranges::count_if(html, [](char c) { return c == '<' || c == '"'; });
}

void check_name(const std::string& name) {
  const auto page = confmode::network_page(name, "1234", {{name, -50, false}}, {}, "other" + name).body;
  const auto plain = confmode::network_page("x", "1234", {{"x", -50, false}}, {}, "otherx").body;
  require(marks(page) == marks(plain), "a name adds nothing to the page but text");
}

void check_results(std::string_view reply) {
  const auto networks = wpa::parse_scan_results(reply);
  for (const auto& network : networks) {
    require(!network.ssid.empty() && network.ssid.size() <= 32, "an SSID has 1 to 32 bytes");
    require(std::ranges::count(networks, network.ssid, &WifiNetwork::ssid) == 1, "each is there once");
  }
  require(std::ranges::is_sorted(networks, std::ranges::greater(), &WifiNetwork::signal_dbm), "strongest first");
}

}  // namespace

void run(ByteView input) {
  const std::string_view text = as_text(input);
  check_form(text);
  check_results(text);
  if (const auto ssid = wpa::decode_ssid(text)) check_name(*ssid);
  if (!text.empty()) check_name(std::string(text));
  static_cast<void>(wpa::parse_event("<" + std::string(text)));
}

}  // namespace xl::fuzz
