// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/socket_address.hpp"

#include <sys/socket.h>

namespace xl::platform {

SocketAddress parse_address(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) found = nullptr;
  return SocketAddress(found);
}

}  // namespace xl::platform
