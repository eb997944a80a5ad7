// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tcp_dialer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/linux/socket_address.hpp"

namespace xl::platform {
namespace {

/// errno tells what failed when the result is empty.
Descriptor begin_connect(const std::string& address, std::uint16_t port) {
  const auto parsed = parse_address(address, port);
  if (!parsed) {
    errno = EADDRNOTAVAIL;
    return {};
  }
  Descriptor socket(::socket(parsed->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  // Without it the first packet after the handshake waits for the peer's delayed acknowledgement: 40 ms per connect.
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), parsed->ai_addr, parsed->ai_addrlen) != 0 && errno != EINPROGRESS) return {};
  return socket;
}

std::string printable(const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace

TcpDialer::TcpDialer(EventLoop& loop, std::vector<std::string> addresses, std::uint16_t port,
                     EventLoop::Clock::time_point deadline, Done done)
    : loop_(loop),
      addresses_(std::move(addresses)),
      port_(port),
      deadline_(deadline),
      done_(std::move(done)),
      last_failure_("the host name has no address") {}

TcpDialer::~TcpDialer() { stop_waiting(); }

void TcpDialer::try_next() {
  while (next_ < addresses_.size()) {
    socket_ = begin_connect(addresses_[next_++], port_);
    if (!socket_) {
      address_failed(errno);
      continue;
    }
    const auto now = EventLoop::Clock::now();
    const auto share = (deadline_ - now) / static_cast<std::int64_t>(addresses_.size() - next_ + 1);
    timer_ = loop_.at(now + share, [this] {
      address_failed(ETIMEDOUT);
      try_next();
    });
    loop_.watch(socket_.get(), POLLOUT, [this](short) { on_writable(); });
    return;
  }
  finish(fail(Error::unavailable(last_failure_)));
}

void TcpDialer::address_failed(int reason) {
  stop_waiting();
  last_failure_ = printable(addresses_[next_ - 1], port_) + ": " + std::strerror(reason);
}

void TcpDialer::on_writable() {
  int reason = 0;
  socklen_t size = sizeof reason;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &reason, &size) != 0) reason = errno;
  if (reason != 0) {
    address_failed(reason);
    try_next();
    return;
  }
  Descriptor connected = std::move(socket_);
  loop_.forget(connected.get());
  stop_waiting();
  finish(std::move(connected));
}

void TcpDialer::stop_waiting() {
  loop_.cancel(timer_);
  if (!socket_) return;
  loop_.forget(socket_.get());
  socket_ = Descriptor();
}

/// Touches no member after the call: `done` may destroy this object.
void TcpDialer::finish(Result<Descriptor> result) {
  const Done done = std::move(done_);
  done(std::move(result));
}

}  // namespace xl::platform
