// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <netdb.h>

#include <cstdint>
#include <memory>
#include <string>

namespace xl::platform {

struct AddressFree {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using SocketAddress = std::unique_ptr<addrinfo, AddressFree>;

/// Of a numeric address, "fe80::1%eth0" included; null when it is none. Asks nobody.
SocketAddress parse_address(const std::string& address, std::uint16_t port);

}  // namespace xl::platform
