// SPDX-License-Identifier: Apache-2.0
// The texts of wpa_supplicant's control interface. source: its README and wpa_supplicant.conf(5)
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "platform/linux/wifi.hpp"

namespace xl::platform::wpa {

/// The value of the network's variable `psk`: a passphrase in quotes (there is no escape, the last quote ends it), a
/// key of 64 digits without. `passphrase` has passed is_passphrase().
std::string psk_value(std::string_view passphrase);
/// Undoes \\, \", \n, \r, \t, \e and \xNN; nullopt when it is none of these.
std::optional<std::string> decode_ssid(std::string_view text);
/// The answer to SCAN_RESULTS, without networks that need more than a passphrase, and without broken lines.
Wifi::Networks parse_scan_results(std::string_view reply);
/// The value of `name=value`, a line of the answer to STATUS.
std::optional<std::string_view> status_value(std::string_view reply, std::string_view name);

/// An unsolicited message without its priority: "<3>CTRL-EVENT-CONNECTED - …".
struct Event {
  enum class Kind { other, connected, disconnected, refused, not_found, scanned, terminating };
  Kind kind = Kind::other;
  std::optional<unsigned> network;  ///< with connected and refused
  std::string_view reason;          ///< with refused: WRONG_KEY, AUTH_FAILED, CONN_FAILED …
};
/// `message` begins with `<`.
Event parse_event(std::string_view message);

}  // namespace xl::platform::wpa
