// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tcp_uart.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/log.hpp"

namespace xl::platform {
namespace {

struct AddressFree {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using AddressPtr = std::unique_ptr<addrinfo, AddressFree>;

/// Null when it is not HOST:PORT.
AddressPtr parse(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return nullptr;
  std::uint16_t port = 0;  // getaddrinfo() would take 99999 modulo 65536
  const char* end = address.data() + address.size();
  const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end) return nullptr;
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found) != 0) return nullptr;
  return AddressPtr(found);
}

}  // namespace

Result<std::unique_ptr<TcpUart>> TcpUart::listen(EventLoop& loop, const std::string& address) {
  const AddressPtr parsed = parse(address);
  if (!parsed) return fail(Error::invalid("\"" + address + "\" is not HOST:PORT, like 127.0.0.1:4000 or [::1]:4000"));
  Descriptor listener(::socket(parsed->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!listener || ::bind(listener.get(), parsed->ai_addr, parsed->ai_addrlen) != 0 ||
      ::listen(listener.get(), 4) != 0) {
    return fail(Error::unavailable("cannot listen on " + address + ": " + std::strerror(errno) +
                                   ". Stop what uses it, or choose another port."));
  }
  return std::make_unique<TcpUart>(loop, Sockets{std::move(listener), {}});
}

TcpUart::~TcpUart() {
  line_.reset();
  loop_.forget(listener_.get());
}

TcpUart::Sockets TcpUart::release() {
  line_.reset();
  loop_.forget(listener_.get());
  return {std::move(listener_), std::move(host_)};
}

std::string TcpUart::address() const {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  auto* generic = reinterpret_cast<sockaddr*>(&bound);
  if (::getsockname(listener_.get(), generic, &size) != 0 ||
      ::getnameinfo(generic, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return {};
  const std::string name = host.data();
  return (name.find(':') != std::string::npos ? "[" + name + "]" : name) + ":" + port.data();
}

void TcpUart::start(Receive on_bytes, End) {
  on_bytes_ = std::move(on_bytes);
  if (host_) {
    talk_to_host();
  } else {
    wait_for_host();
  }
}

void TcpUart::wait_for_host() {
  loop_.watch(listener_.get(), POLLIN, [this](short) { on_host(); });
}

void TcpUart::on_host() {
  host_ = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!host_) return;  // it has gone again
  const int on = 1;
  ::setsockopt(host_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  loop_.forget(listener_.get());
  log::debug("platform", "a host has connected");
  talk_to_host();
}

void TcpUart::talk_to_host() {
  line_ = std::make_unique<StreamUart>(loop_, host_.get());
  if (paused_) line_->pause();
  line_->start(on_bytes_, [this] { loop_.defer([this] { hang_up(); }); });  // not from inside the line's own call
}

void TcpUart::hang_up() {
  line_.reset();
  host_ = Descriptor();
  log::debug("platform", "the host has hung up");
  wait_for_host();
}

/// As on a serial line: what is said while nobody listens is lost.
void TcpUart::write(ByteView bytes) {
  if (line_) line_->write(bytes);
}

void TcpUart::pause() {
  paused_ = true;
  if (line_) line_->pause();
}

void TcpUart::resume() {
  paused_ = false;
  if (line_) line_->resume();
}

void TcpUart::drain(std::chrono::milliseconds limit) {
  if (line_) line_->drain(limit);
}

}  // namespace xl::platform
