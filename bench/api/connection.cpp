// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace xl::bench {
namespace {

std::size_t number_after(std::string_view text, std::string_view name) {
  const auto place = text.find(name);
  std::size_t number = 0;
  if (place != std::string_view::npos)
    std::from_chars(text.data() + place + name.size(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Connection::Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  std::perror("bench_api: connect");
  std::exit(2);
}

Connection::~Connection() { ::close(socket_); }

bool Connection::send_all(std::string_view data) const {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::receive_more() {
  char buffer[16 * 1024];
  const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
  return got > 0;
}

int Connection::exchange(std::string_view request) {
  received_.clear();
  if (!send_all(request)) return 0;
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return 0;
  }
  const std::string_view head = std::string_view(received_).substr(0, end);
  const std::size_t whole = end + 4 + number_after(head, "Content-Length: ");
  const int status = static_cast<int>(number_after(head, "HTTP/1.1 "));
  while (received_.size() < whole) {
    if (!receive_more()) return 0;
  }
  return status;
}

}  // namespace xl::bench
