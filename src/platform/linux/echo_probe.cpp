// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/echo_probe.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/bytes.hpp"
#include "platform/linux/socket_address.hpp"

namespace xl::platform {
namespace {

using namespace std::chrono_literals;

constexpr auto kEchoPeriod = 1s;
constexpr unsigned kEchosOfAnAddress = 3;
constexpr auto kConnectTimeout = 3s;

// source: RFC 792 (echo), RFC 4443 4.1 and 4.2
constexpr std::size_t kEchoBytes = 16;  // header and a little data
constexpr std::size_t kSequenceAt = 6;
constexpr Byte kEchoRequest = 8;
constexpr Byte kEchoReply = 0;
constexpr Byte kEchoRequest6 = 128;
constexpr Byte kEchoReply6 = 129;

bool is_version_6(const std::string& address) { return address.find(':') != std::string::npos; }

}  // namespace

EchoProbe::EchoProbe(EventLoop& loop, std::vector<std::string> addresses, std::uint16_t tcp_port, Done done)
    : loop_(loop), addresses_(std::move(addresses)), tcp_port_(tcp_port), done_(std::move(done)) {}

EchoProbe::~EchoProbe() { stop_waiting(); }

void EchoProbe::start() {
  timer_ = loop_.at(EventLoop::Clock::now(), [this] { try_address(); });
}

void EchoProbe::try_address() {
  if (tries_ < kEchosOfAnAddress && send_echo()) {
    ++tries_;
    timer_ = loop_.at(sent_at_ + kEchoPeriod, [this] { try_address(); });
    return;
  }
  if (tries_ > 0) return no_answer();
  if (!begin_connect()) return address_failed(errno);
  timer_ = loop_.at(sent_at_ + kConnectTimeout, [this] { no_answer(); });
}

/// false: this kernel lets us send none, or there is no way there, which the TCP connection will find, too.
bool EchoProbe::send_echo() {
  const auto address = parse_address(addresses_[current_], 0);
  if (!address) return false;
  const bool is_v6 = is_version_6(addresses_[current_]);
  if (!socket_) {
    Descriptor socket(::socket(address->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                               is_v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP)));
    if (!socket || ::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0) return false;
    socket_ = std::move(socket);
    loop_.watch(socket_.get(), POLLIN, [this](short) { on_ready(); });
  }
  ++sequence_;
  std::array<Byte, kEchoBytes> packet{};  // identifier and checksum are the kernel's business
  packet[0] = is_v6 ? kEchoRequest6 : kEchoRequest;
  packet[kSequenceAt] = static_cast<Byte>(sequence_ >> 8);
  packet[kSequenceAt + 1] = static_cast<Byte>(sequence_);
  sent_at_ = EventLoop::Clock::now();
  return ::send(socket_.get(), packet.data(), packet.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(packet.size());
}

/// errno tells what failed.
bool EchoProbe::begin_connect() {
  stop_waiting();
  const auto address = parse_address(addresses_[current_], tcp_port_);
  if (!address) {
    errno = EADDRNOTAVAIL;
    return false;
  }
  socket_ = Descriptor(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) return false;
  is_connecting_ = true;
  sent_at_ = EventLoop::Clock::now();
  const int failed = ::connect(socket_.get(), address->ai_addr, address->ai_addrlen);
  if (failed != 0 && errno != EINPROGRESS && errno != ECONNREFUSED) return false;
  loop_.watch(socket_.get(), POLLOUT, [this](short) { on_ready(); });  // a refusal shows as an error of the socket
  return true;
}

void EchoProbe::on_ready() {
  const auto now = EventLoop::Clock::now();
  int reason = 0;
  socklen_t size = sizeof reason;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &reason, &size) != 0) reason = errno;
  const bool is_answer = is_connecting_ ? reason == 0 || reason == ECONNREFUSED : reason == 0 && is_our_echo();
  if (is_answer) {
    const auto round_trip = std::chrono::duration_cast<std::chrono::milliseconds>(now - sent_at_);
    return finish(Answer{round_trip, is_connecting_ ? tcp_port_ : std::uint16_t{0}});
  }
  if (reason != 0) address_failed(reason);
}

/// A late answer to an earlier try would have the wrong time.
bool EchoProbe::is_our_echo() {
  std::array<Byte, 256> packet{};
  const ssize_t size = ::recv(socket_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
  const Byte reply = is_version_6(addresses_[current_]) ? kEchoReply6 : kEchoReply;
  return size >= static_cast<ssize_t>(kSequenceAt) + 2 && packet[0] == reply &&
         (packet[kSequenceAt] << 8 | packet[kSequenceAt + 1]) == sequence_;
}

void EchoProbe::no_answer() {
  unreachable_ = 0;
  next_address();
}

void EchoProbe::address_failed(int reason) {
  if (++unreachable_ < addresses_.size()) return next_address();
  finish(fail(Error::unavailable(std::strerror(reason))));
}

void EchoProbe::next_address() {
  stop_waiting();
  current_ = (current_ + 1) % addresses_.size();
  tries_ = 0;
  is_connecting_ = false;
  timer_ = loop_.at(EventLoop::Clock::now(), [this] { try_address(); });
}

void EchoProbe::stop_waiting() {
  loop_.cancel(timer_);
  if (!socket_) return;
  loop_.forget(socket_.get());
  socket_ = Descriptor();
}

/// Touches no member after the call: `done` may destroy this object.
void EchoProbe::finish(Result<Answer> result) {
  stop_waiting();
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace xl::platform
