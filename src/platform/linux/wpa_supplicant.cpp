// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/wpa_supplicant.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"

namespace xl::platform {
namespace {

using namespace std::chrono_literals;

constexpr auto kReplyTimeout = 5s;
constexpr auto kAddressPoll = 250ms;
constexpr unsigned kTimesNotFound = 3;  // scans without the network
constexpr std::size_t kDatagramMax = 8 << 10;

bool is_ok(std::string_view reply) { return trim(reply) == "OK"; }

EventLoop::Clock::time_point in(std::chrono::milliseconds delay) { return EventLoop::Clock::now() + delay; }

}  // namespace

Result<std::unique_ptr<WpaSupplicant>> WpaSupplicant::open(EventLoop& loop, const std::string& socket) {
  std::unique_ptr<WpaSupplicant> wifi(new WpaSupplicant(loop, socket));
  if (wifi->attach()) return wifi;
  return fail(Error::unavailable("wpa_supplicant's control socket " + socket +
                                 " cannot be used: " + std::strerror(errno) +
                                 ". Is it running, with ctrl_interface set and this user in " + "its group?"));
}

/// Whoever is gone is on no network.
WpaSupplicant::~WpaSupplicant() {
  for (const auto timer : {reply_timer_, address_timer_, scan_timer_}) loop_.cancel(timer);
  if (!socket_) return;
  loop_.forget(socket_.get());
  const std::string remove = network_ ? "REMOVE_NETWORK " + std::to_string(*network_) : std::string();
  for (const std::string& text : {remove, std::string("DETACH")}) {
    if (!text.empty()) std::ignore = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

/// Sets errno on false.
bool WpaSupplicant::attach() {
  if (socket_) return true;
  sockaddr_un peer{};
  peer.sun_family = AF_UNIX;
  if (path_.size() >= sizeof peer.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  path_.copy(peer.sun_path, sizeof peer.sun_path - 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un own{};  // an address without a name gets one of the kernel's, which leaves no file behind
  own.sun_family = AF_UNIX;
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own.sun_family) != 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
    return false;
  }
  socket_ = std::move(socket);
  loop_.watch(socket_.get(), POLLIN, [this](short) { on_readable(); });
  send("ATTACH", [this](std::string_view reply) {
    if (!is_ok(reply)) lose("it does not tell what happens");
  });
  return true;
}

void WpaSupplicant::lose(std::string_view why) {
  if (!socket_) return;
  log::warn("wifi", "wpa_supplicant is lost", {{"what", std::string(why)}});
  loop_.forget(socket_.get());
  socket_ = Descriptor();
  for (const auto timer : {reply_timer_, address_timer_, scan_timer_}) loop_.cancel(timer);
  commands_.clear();
  network_.reset();
  state_ = State::down;
  for (const auto& done : std::exchange(scans_, {})) done({});
}

void WpaSupplicant::send(std::string text, Reply done) {
  commands_.push_back({std::move(text), std::move(done)});
  if (commands_.size() == 1) send_next();
}

void WpaSupplicant::send_next() {
  const std::string& text = commands_.front().text;
  if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
    // Not from inside a caller's own call.
    loop_.defer([this, fd = socket_.get(), why = std::string(std::strerror(errno))] {
      if (socket_.get() == fd) lose(why);
    });
    return;
  }
  reply_timer_ = loop_.at(in(kReplyTimeout), [this] { lose("it does not answer"); });
}

void WpaSupplicant::on_readable() {
  std::array<char, kDatagramMax> buffer{};
  while (socket_) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return lose(std::strerror(errno));
    const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
    text.starts_with('<') ? on_event(wpa::parse_event(text)) : on_reply(text);
  }
}

void WpaSupplicant::on_reply(std::string_view reply) {
  if (commands_.empty()) return;
  loop_.cancel(reply_timer_);
  const Command command = std::move(commands_.front());
  commands_.pop_front();
  if (!commands_.empty()) send_next();
  if (command.done) command.done(reply);
}

void WpaSupplicant::on_event(const wpa::Event& event) {
  using Kind = wpa::Event::Kind;
  const bool is_ours = network_ && event.network == network_;
  switch (event.kind) {
    case Kind::connected:
      if (is_ours && state_ == State::joining) ask_for_address();
      return;
    case Kind::disconnected:
      if (state_ == State::up) state_ = State::joining;  // it tries again by itself
      return;
    case Kind::refused:
      if (is_ours && event.reason != "CONN_FAILED") fail_join(event.reason);
      return;
    case Kind::not_found:
      if (state_ == State::joining && ++times_not_found_ >= kTimesNotFound) fail_join("no such network in reach");
      return;
    case Kind::scanned:
      return fetch_scan();
    case Kind::terminating:
      return lose("it ends");
    case Kind::other:
      return;
  }
}

WpaSupplicant::Reply WpaSupplicant::of_this_join(Reply done) {
  return [this, join = join_, done = std::move(done)](std::string_view reply) {
    if (join == join_ && state_ != State::down) done(reply);
  };
}

void WpaSupplicant::join(std::string_view ssid, std::string_view passphrase) {
  const bool is_under_way = state_ != State::down && ssid == ssid_ && passphrase == passphrase_;
  if (is_under_way) return;
  ++join_;
  ssid_ = ssid;
  passphrase_ = passphrase;
  times_not_found_ = 0;
  loop_.cancel(address_timer_);
  state_ = State::down;
  if (ssid.empty() || !is_passphrase(passphrase) || !attach()) return;
  state_ = State::joining;
  if (network_) send("REMOVE_NETWORK " + std::to_string(*std::exchange(network_, std::nullopt)), nullptr);
  send("ADD_NETWORK", [this, join = join_](std::string_view reply) {
    unsigned number = 0;
    const std::string_view text = trim(reply);
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = error == std::errc() && stop == text.data() + text.size();
    if (join != join_) {  // nobody waits for this network any more
      if (is_number) send("REMOVE_NETWORK " + std::to_string(number), nullptr);
      return;
    }
    is_number ? configure(number) : fail_join("no network can be added");
  });
}

void WpaSupplicant::leave() {
  ++join_;
  loop_.cancel(address_timer_);
  state_ = State::down;
  if (network_ && socket_) send("REMOVE_NETWORK " + std::to_string(*std::exchange(network_, std::nullopt)), nullptr);
}

void WpaSupplicant::configure(unsigned network) {
  network_ = network;
  set("ssid", hex_encode(as_bytes(ssid_)), true);  // digits without quotes: any bytes
  set("scan_ssid", "1", false);                    // hidden networks, too
  if (passphrase_.empty()) {
    set("key_mgmt", "NONE", true);
  } else {
    set("psk", wpa::psk_value(passphrase_), true);
    set("key_mgmt", "WPA-PSK SAE", false);  // WPA3, too, where wpa_supplicant was built with it
    set("ieee80211w", "1", false);
  }
  send("SELECT_NETWORK " + std::to_string(network), of_this_join([this](std::string_view reply) {
         if (!is_ok(reply)) fail_join("the network cannot be selected");
       }));
}

void WpaSupplicant::set(const std::string& variable, const std::string& value, bool is_needed) {
  send("SET_NETWORK " + std::to_string(*network_) + " " + variable + " " + value,
       of_this_join([this, variable, is_needed](std::string_view reply) {
         if (is_needed && !is_ok(reply)) fail_join("wpa_supplicant refuses " + variable);
       }));
}

void WpaSupplicant::ask_for_address() {
  send("STATUS", of_this_join([this](std::string_view reply) {
         if (state_ != State::joining || wpa::status_value(reply, "wpa_state") != "COMPLETED") return;
         if (wpa::status_value(reply, "ip_address")) {
           state_ = State::up;
           log::info("wifi", "joined", {{"ssid", ssid_}});
           return;
         }
         loop_.cancel(address_timer_);
         address_timer_ = loop_.at(in(kAddressPoll), [this] { ask_for_address(); });
       }));
}

void WpaSupplicant::fail_join(std::string_view why) {
  if (state_ == State::down) return;
  log::info("wifi", "could not join", {{"ssid", ssid_}, {"what", std::string(why)}});
  state_ = State::down;
  if (network_) send("DISABLE_NETWORK " + std::to_string(*network_), nullptr);
}

void WpaSupplicant::scan(std::chrono::milliseconds longest, std::function<void(Networks)> done) {
  if (!attach()) return done({});
  const bool runs = !scans_.empty();
  scans_.push_back(std::move(done));
  if (!runs || in(longest) < scan_deadline_) {
    loop_.cancel(scan_timer_);
    scan_deadline_ = in(longest);
    scan_timer_ = loop_.at(scan_deadline_, [this] { fetch_scan(); });
  }
  if (runs) return;
  // A refusal means that a scan runs already, or that none is possible: what is known from before is offered then.
  send("SCAN", [this](std::string_view reply) {
    if (!is_ok(reply) && trim(reply) != "FAIL-BUSY") fetch_scan();
  });
}

void WpaSupplicant::fetch_scan() {
  if (scans_.empty() || !socket_) return;
  loop_.cancel(scan_timer_);
  send("SCAN_RESULTS", [this](std::string_view reply) {
    const Networks networks = wpa::parse_scan_results(reply);
    for (const auto& done : std::exchange(scans_, {})) done(networks);
  });
}

}  // namespace xl::platform
