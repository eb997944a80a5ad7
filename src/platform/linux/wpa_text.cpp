// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/wpa_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace xl::platform::wpa {
namespace {

constexpr std::size_t kKeyDigits = 64;
constexpr std::size_t kSsidBytesMax = 32;

/// The number that `text` begins with.
template <class Number>
std::optional<Number> leading_number(std::string_view text) {
  Number value{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<unsigned> number_after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return leading_number<unsigned>(text.substr(at + mark.size()));
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::optional<WifiNetwork> parse_result(std::string_view line) {  // bssid, frequency, signal, flags, SSID
  const auto fields = split(line, '\t');
  if (fields.size() != 5) return std::nullopt;
  const auto signal = leading_number<int>(fields[2]);
  auto ssid = decode_ssid(fields[4]);
  if (!signal || !ssid || ssid->size() > kSsidBytesMax) return std::nullopt;
  const std::string_view flags = fields[3];
  const bool takes_passphrase = contains(flags, "PSK") || contains(flags, "SAE");
  const bool is_protected = contains(flags, "WPA") || contains(flags, "RSN") || contains(flags, "WEP");
  if (is_protected && !takes_passphrase) return std::nullopt;
  return WifiNetwork{*std::move(ssid), *signal, !is_protected};
}

/// What stands for the escape that begins at `text[at]`, a backslash; moves `at` behind it.
std::optional<char> decode_escape(std::string_view text, std::size_t& at) {
  constexpr std::array<std::pair<char, char>, 6> kLetters{
      {{'\\', '\\'}, {'"', '"'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'e', '\x1B'}}};
  if (at + 1 >= text.size()) return std::nullopt;
  if (text[at + 1] == 'x') {
    const auto byte = hex_decode(text.substr(at + 2, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    at += 4;
    return byte->front();
  }
  for (const auto& [letter, meaning] : kLetters) {
    if (text[at + 1] != letter) continue;
    at += 2;
    return meaning;
  }
  return std::nullopt;
}

}  // namespace

std::string psk_value(std::string_view passphrase) {
  if (passphrase.size() == kKeyDigits) return std::string(passphrase);
  return "\"" + std::string(passphrase) + "\"";
}

std::optional<std::string> decode_ssid(std::string_view text) {
  std::string ssid;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      ssid += text[at++];
      continue;
    }
    const auto byte = decode_escape(text, at);
    if (!byte) return std::nullopt;
    ssid += *byte;
  }
  return ssid;
}

Wifi::Networks parse_scan_results(std::string_view reply) {
  Wifi::Networks networks;
  for (const std::string_view line : split(reply, '\n')) {
    if (auto network = parse_result(line)) networks.push_back(*std::move(network));
  }
  return without_repetitions(std::move(networks));
}

std::optional<std::string_view> status_value(std::string_view reply, std::string_view name) {
  for (const std::string_view line : split(reply, '\n')) {
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') {
      return line.substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

Event parse_event(std::string_view message) {
  using Kind = Event::Kind;
  const std::string_view text = message.substr(std::min(message.find('>'), message.size() - 1) + 1);
  const std::string_view name = text.substr(0, text.find(' '));
  if (name == "CTRL-EVENT-CONNECTED") return {Kind::connected, number_after(text, "[id="), {}};
  if (name == "CTRL-EVENT-DISCONNECTED") return {Kind::disconnected, {}, {}};
  if (name == "CTRL-EVENT-NETWORK-NOT-FOUND") return {Kind::not_found, {}, {}};
  if (name == "CTRL-EVENT-SCAN-RESULTS") return {Kind::scanned, {}, {}};
  if (name == "CTRL-EVENT-TERMINATING") return {Kind::terminating, {}, {}};
  if (name != "CTRL-EVENT-SSID-TEMP-DISABLED") return {};
  // Its SSID may hold anything, even " reason=": the number is before it, the reason behind it.
  const auto reason = text.rfind(" reason=");
  return {Kind::refused, number_after(text, " id="),
          reason == std::string_view::npos ? std::string_view() : trim(text.substr(reason + 8))};
}

}  // namespace xl::platform::wpa
