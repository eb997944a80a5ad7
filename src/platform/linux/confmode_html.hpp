// SPDX-License-Identifier: Apache-2.0
// What CONFMODE's page looks like and what its forms say. No state, no sockets.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"
#include "platform/linux/wifi.hpp"

namespace xl::platform::confmode {

/// Fields of an application/x-www-form-urlencoded body; nullopt when it is broken or names a field twice.
/// source: https://url.spec.whatwg.org/#application/x-www-form-urlencoded
std::optional<std::map<std::string, std::string>> parse_form(std::string_view body);

/// What the person entered.
struct Entry {
  std::string ssid;  ///< any bytes
  std::string passphrase;
};

/// The page with a complaint has its status, and the complaint is read out first.
net::HttpResponse code_page(std::string_view module_name, std::string_view complaint = {});
/// `chosen`: the SSID that is already filled in.
net::HttpResponse network_page(std::string_view module_name, std::string_view code, const Wifi::Networks& networks,
                               std::string_view complaint = {}, std::string_view chosen = {});
net::HttpResponse saved_page(std::string_view ssid);
net::HttpResponse refusal(int status, std::string_view text);
net::HttpResponse style_sheet();

/// The network that the form's fields choose: typed, or taken from the list.
Entry entry_of(const std::map<std::string, std::string>& form);
/// What is wrong with it, for a person; empty when nothing is.
std::string complaint_about(const Entry& entry, const Wifi::Networks& networks);

}  // namespace xl::platform::confmode
