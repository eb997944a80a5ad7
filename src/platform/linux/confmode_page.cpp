// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/confmode_page.hpp"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace xl::platform {
namespace {

using confmode::refusal;

constexpr auto kScanTimeout = std::chrono::seconds(10);
constexpr unsigned kTries = 5;
constexpr std::size_t kCodeDigits = 8;  // five guesses of 10^8
constexpr std::uint32_t kGoodbyeSeconds = 1;
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

std::string in_url(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "[" + address + "]";
}

/// People type the code as it is shown, in groups.
std::string digits_of(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c != ' ' && c != '-') digits += c;
  }
  return digits;
}

std::string in_groups(const std::string& code) { return code.substr(0, 4) + "-" + code.substr(4); }

bool is_form(const net::HttpRequest& request) {
  const auto type = request.header("Content-Type").value_or("");
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), kFormType);
}

}  // namespace

ConfmodePage::ConfmodePage(EventLoop& loop, Wifi& wifi, Listener listener, Announce announce)
    : wifi_(wifi), listener_(std::move(listener)), announce_(std::move(announce)), mailbox_(loop) {}

bool ConfmodePage::is_address(const std::string& text) {
  std::array<Byte, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, text.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), ignored.data()) == 1;
}

ConfmodePage::~ConfmodePage() { stop(); }

void ConfmodePage::deliver_to(Deliver credentials, std::function<void()> ended) {
  deliver_ = std::move(credentials);
  ended_ = std::move(ended);
}

bool ConfmodePage::start(std::string_view name) {
  stop();
  net::HttpServerOptions options;
  options.listeners = {{listener_.address, listener_.port}};
  options.body_bytes_max = 4 << 10;
  options.header_bytes_max = 8 << 10;
  options.connections_max = 16;
  options.idle_seconds_max = 15;
  const auto handler = [this, session = session_](const net::HttpRequest& request, const Responder& responder) {
    mailbox_.post([this, session, request, responder] { answer(session, request, responder); });
  };
  auto server = net::start_http_server(std::move(options), handler);
  if (!server) {
    log::error("confmode", "the page cannot be served",
               {{"address", in_url(listener_.address) + ":" + std::to_string(listener_.port)},
                {"what", "another program uses the address, or it is none of this machine's"}});
    return false;
  }
  server_ = *std::move(server);
  port_ = server_->listeners().front().port;
  name_ = name;
  code_ = crypto::random_text("0123456789", kCodeDigits);
  tries_left_ = kTries;
  networks_.clear();
  announce_("http://" + in_url(listener_.address) + ":" + std::to_string(port_) + "/", in_groups(code_));
  log::info("confmode", "the page is open");
  return true;
}

void ConfmodePage::stop() {
  ++session_;
  code_.clear();
  if (!server_) return;
  server_.reset();
  log::info("confmode", "the page is closed");
}

/// The last answers still go out.
void ConfmodePage::close_after_answers() {
  if (server_) server_->drain(kGoodbyeSeconds);
  stop();
}

/// A web site that makes its name point to this machine gets nowhere: it cannot make the name a bare address.
bool ConfmodePage::is_own_host(const net::HttpRequest& request) const {
  const std::string host(request.header("Host").value_or(""));
  const std::string port = ":" + std::to_string(port_);
  const bool is_default = port_ == 80 && !host.ends_with(port);
  if (!is_default && !host.ends_with(port)) return false;
  std::string name = is_default ? host : host.substr(0, host.size() - port.size());
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return is_address(name) || equals_ignoring_case(name, "localhost");
}

void ConfmodePage::answer(std::uint64_t session, const net::HttpRequest& request, const Responder& responder) {
  if (session != session_) return responder->respond(refusal(404, "The module is not in CONFMODE any more."));
  if (!is_own_host(request)) {
    return responder->respond(refusal(421, "Open this page by the address that the module shows."));
  }
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  if (request.path() == "/networks" || request.path() == "/join") {
    if (request.method == "POST") return answer_form(request, responder);
    return responder->respond(refusal(405, "Begin at the address that the module shows."));
  }
  if (is_get && request.path() == "/") return responder->respond(confmode::code_page(name_));
  if (is_get && request.path() == "/style.css") return responder->respond(confmode::style_sheet());
  responder->respond(refusal(404, "There is nothing here."));
}

void ConfmodePage::answer_form(const net::HttpRequest& request, const Responder& responder) {
  // Other sites' forms may not even use up the tries.
  const auto origin = request.header("Origin");
  if (origin && *origin != "http://" + std::string(*request.header("Host"))) {
    return responder->respond(refusal(403, "This form is not from this page."));
  }
  const auto form = is_form(request) ? confmode::parse_form(request.body) : std::nullopt;
  if (!form) return responder->respond(refusal(400, "The form cannot be read."));
  const auto code = form->find("code");
  if (code == form->end()) return responder->respond(refusal(400, "The code is missing."));
  if (!crypto::equal_constant_time(digits_of(code->second), code_)) return refuse_code(responder);
  request.path() == "/join" ? take_entry(*form, responder) : offer_networks(responder);
}

void ConfmodePage::refuse_code(const Responder& responder) {
  if (--tries_left_ > 0) {
    return responder->respond(confmode::code_page(
        name_, "This is not the code. Tries left: " + std::to_string(tries_left_) + ". Look at the module again."));
  }
  responder->respond(refusal(403, "Five wrong codes: the page is closed. The module must enter CONFMODE again."));
  log::warn("confmode", "five wrong codes");
  close_after_answers();
  ended_();
}

void ConfmodePage::offer_networks(const Responder& responder) {
  wifi_.scan(kScanTimeout, [this, session = session_, responder](Wifi::Networks networks) {
    if (session != session_) return responder->respond(refusal(404, "The module is not in CONFMODE any more."));
    networks_ = std::move(networks);
    responder->respond(confmode::network_page(name_, code_, networks_));
  });
}

void ConfmodePage::take_entry(const Form& form, const Responder& responder) {
  const auto entry = confmode::entry_of(form);
  if (const std::string complaint = confmode::complaint_about(entry, networks_); !complaint.empty()) {
    return responder->respond(confmode::network_page(name_, code_, networks_, complaint, entry.ssid));
  }
  if (!deliver_(entry.ssid, entry.passphrase)) {
    return responder->respond(refusal(500, "The module could not store this. Try again, or restart the module."));
  }
  responder->respond(confmode::saved_page(entry.ssid));
  close_after_answers();
}

}  // namespace xl::platform
