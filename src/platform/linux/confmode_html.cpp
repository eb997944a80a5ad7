// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/confmode_html.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mqtt/utf8.hpp"

namespace xl::platform::confmode {
namespace {

constexpr std::size_t kSsidBytesMax = 32;
constexpr int kStrong = -60;  // dBm
constexpr int kFair = -75;

constexpr std::string_view kStyle =
    R"(:root{color-scheme:light dark;font:1.125rem/1.5 system-ui,sans-serif}
body{margin:0}
main{max-width:28rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem}
fieldset{border:0;margin:0 0 1rem;padding:0}
legend,.label{font-weight:600;display:block;margin-bottom:.25rem}
.network{display:flex;gap:.75rem;align-items:center;min-height:2.75rem}
.network input{width:1.25rem;height:1.25rem;margin:0;flex:none}
.network small{margin-left:auto}
.name{overflow-wrap:anywhere}
input[type=text],input[type=password]{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;margin-bottom:1rem}
button{font:inherit;font-weight:600;width:100%;min-height:3rem;cursor:pointer}
:focus-visible{outline:3px solid Highlight;outline-offset:2px}
.problem{border-left:.3rem solid #c00;padding:.25rem .75rem}
)";

std::string hex_of(char c) { return "\\x" + hex_encode(as_bytes(std::string_view(&c, 1))); }

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

/// Any bytes as text for HTML. What is no printable UTF-8 shows its other bytes as \xNN.
std::string shown(std::string_view bytes) {
  const bool is_text = mqtt::is_utf8_string(bytes) && mqtt::is_printable(bytes);
  std::string html;
  for (const char c : bytes) {
    if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else if (c == '\'') {
      html += "&#39;";
    } else if (!is_text && !is_plain(c)) {
      html += hex_of(c);
    } else {
      html += c;
    }
  }
  return html;
}

net::HttpHeaders headers_for(std::string_view type, std::string_view caching) {
  // Referrer-Policy is not no-referrer: with that, browsers would say `Origin: null` for the page's own forms.
  return {{"Content-Type", std::string(type)},
          {"Cache-Control", std::string(caching)},
          {"Content-Security-Policy",
           "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "same-origin"}};
}

net::HttpResponse page(int status, std::string_view title, const std::string& content) {
  return {status, headers_for("text/html; charset=utf-8", "no-store"),
          "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
              std::string(title) + "</title><link rel=\"stylesheet\" href=\"/style.css\"></head>\n<body><main><h1>" +
              std::string(title) + "</h1>\n" + content + "</main></body></html>\n"};
}

std::string alert(std::string_view complaint) {
  if (complaint.empty()) return {};
  return "<p class=\"problem\" role=\"alert\">" + shown(complaint) + "</p>\n";
}

std::string title_for(std::string_view module_name) {
  return module_name.empty() ? "Wi-Fi for this module" : "Wi-Fi for " + shown(module_name);
}

std::string signal_text(const WifiNetwork& network) {
  const std::string strength = network.signal_dbm >= kStrong ? "strong" : network.signal_dbm >= kFair ? "fair" : "weak";
  return strength + (network.is_open ? ", open" : "");
}

std::string choice(const WifiNetwork& network, bool is_chosen) {
  return "<label class=\"network\"><input type=\"radio\" name=\"network\" value=\"" +
         hex_encode(as_bytes(network.ssid)) + "\"" + (is_chosen ? " checked" : "") + "><span class=\"name\">" +
         shown(network.ssid) + "</span><small>" + signal_text(network) + "</small></label>\n";
}

std::string list_of(const Wifi::Networks& networks, std::string_view chosen) {
  if (networks.empty()) return "<p>No network was found. Type the name of yours.</p>\n";
  std::string html = "<fieldset><legend>Networks in reach</legend>\n";
  for (const WifiNetwork& network : networks) html += choice(network, network.ssid == chosen);
  return html + "</fieldset>\n";
}

bool is_listed(const Wifi::Networks& networks, std::string_view ssid) {
  return std::ranges::find(networks, ssid, &WifiNetwork::ssid) != networks.end();
}

std::optional<std::string> decode_field(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

std::string value_of(const std::map<std::string, std::string>& form, const std::string& name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : found->second;
}

}  // namespace

std::optional<std::map<std::string, std::string>> parse_form(std::string_view body) {
  std::map<std::string, std::string> form;
  for (const std::string_view part : split(body, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    auto name = decode_field(part.substr(0, equals));
    auto value = decode_field(part.substr(std::min(equals + 1, part.size())));
    if (!name || !value || !form.emplace(*std::move(name), *std::move(value)).second) return std::nullopt;
  }
  return form;
}

net::HttpResponse code_page(std::string_view module_name, std::string_view complaint) {
  return page(complaint.empty() ? 200 : 403, title_for(module_name),
              alert(complaint) +
                  "<form method=\"post\" action=\"/networks\">\n"
                  "<label><span class=\"label\">Code shown by the module</span>\n"
                  "<input type=\"text\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" "
                  "maxlength=\"20\" required></label>\n<button>Continue</button></form>\n");
}

net::HttpResponse network_page(std::string_view module_name, std::string_view code, const Wifi::Networks& networks,
                               std::string_view complaint, std::string_view chosen) {
  const std::string typed = is_listed(networks, chosen) ? std::string() : shown(chosen);
  return page(
      complaint.empty() ? 200 : 400, title_for(module_name),
      alert(complaint) + "<form method=\"post\" action=\"/join\">\n<input type=\"hidden\" name=\"code\" value=\"" +
          shown(code) + "\">\n" + list_of(networks, chosen) +
          "<label><span class=\"label\">Another network's name</span>\n"
          "<input type=\"text\" name=\"ssid\" autocapitalize=\"none\" autocomplete=\"off\" spellcheck=\"false\" "
          "maxlength=\"32\" value=\"" +
          typed +
          "\"></label>\n<label><span class=\"label\">Passphrase (empty for an open network)</span>\n"
          "<input type=\"password\" name=\"passphrase\" autocomplete=\"off\" maxlength=\"64\"></label>\n"
          "<button>Save</button></form>\n");
}

net::HttpResponse saved_page(std::string_view ssid) {
  return page(200, "Saved",
              "<p>The module has stored <strong class=\"name\">" + shown(ssid) +
                  "</strong> and connects when its host asks it to. This page is closed now.</p>\n");
}

net::HttpResponse refusal(int status, std::string_view text) { return page(status, "This does not work", alert(text)); }

/// Browsers keep it, for nobody serves it any more when they show the last page.
net::HttpResponse style_sheet() {
  return {200, headers_for("text/css; charset=utf-8", "max-age=3600"), std::string(kStyle)};
}

Entry entry_of(const std::map<std::string, std::string>& form) {
  std::string ssid = value_of(form, "ssid");
  if (ssid.empty()) ssid = hex_decode(value_of(form, "network")).value_or("");
  return {ssid, value_of(form, "passphrase")};
}

std::string complaint_about(const Entry& entry, const Wifi::Networks& networks) {
  if (entry.ssid.empty()) return "Choose a network, or type its name.";
  if (entry.ssid.size() > kSsidBytesMax) return "A network's name has 32 bytes at most.";
  if (!is_passphrase(entry.passphrase)) return "A passphrase has 8 to 63 characters, or is a key of 64 digits 0 to F.";
  const auto known = std::ranges::find(networks, entry.ssid, &WifiNetwork::ssid);
  if (known != networks.end() && !known->is_open && entry.passphrase.empty()) return "This network needs a passphrase.";
  return {};
}

}  // namespace xl::platform::confmode
