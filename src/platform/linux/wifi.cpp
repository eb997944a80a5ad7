// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/wifi.hpp"

#include <algorithm>
#include <set>

namespace xl::platform {
namespace {

constexpr std::size_t kPassphraseMin = 8;
constexpr std::size_t kPassphraseMax = 63;
constexpr std::size_t kKeyDigits = 64;

bool is_hex_digit(char c) { return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

bool is_passphrase(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() == kKeyDigits) return std::ranges::all_of(text, is_hex_digit);
  return text.size() >= kPassphraseMin && text.size() <= kPassphraseMax && std::ranges::none_of(text, is_control);
}

Wifi::Networks without_repetitions(Wifi::Networks networks) {
  std::ranges::sort(networks, std::ranges::greater(), &WifiNetwork::signal_dbm);
  std::set<std::string> seen;
  std::erase_if(networks, [&](const WifiNetwork& network) {
    return network.ssid.find_first_not_of('\0') == std::string::npos || !seen.insert(network.ssid).second;
  });
  return networks;
}

}  // namespace xl::platform
