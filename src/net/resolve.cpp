// SPDX-License-Identifier: Apache-2.0
#include "net/resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.hpp"

namespace xl::net {
namespace {

bool is_below_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string name = to_lower(host);
  return name == "localhost" || name.ends_with(".localhost");
}

std::string numeric(const addrinfo& entry) {
  std::array<char, NI_MAXHOST> text{};
  const int failed =
      ::getnameinfo(entry.ai_addr, entry.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return failed ? std::string{} : std::string(text.data());
}

}  // namespace

Result<std::vector<std::string>> resolve(std::string_view host) {
  if (is_below_localhost(host)) return std::vector<std::string>{"127.0.0.1", "::1"};
  if (host.empty() || host.find('\0') != std::string_view::npos)
    return fail(Error::unavailable("The host name is empty."));
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string name(host);
  if (const int failed = ::getaddrinfo(name.c_str(), nullptr, &hints, &found); failed != 0)
    return fail(Error::unavailable("The name " + name + " does not resolve: " + ::gai_strerror(failed) + "."));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::string address = numeric(*entry);
    if (!address.empty() && std::ranges::find(addresses, address) == addresses.end())
      addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return fail(Error::unavailable("The name " + name + " has no address."));
  return addresses;
}

}  // namespace xl::net
