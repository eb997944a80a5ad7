// SPDX-License-Identifier: Apache-2.0
#include "gateway/door.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace xl::gateway {
namespace {

constexpr std::size_t kDescriptorsKept = 200;  // registry, engine, files
constexpr std::size_t kHttpConnectionsMax = 4096;
constexpr std::size_t kHttpShare = 8;  // of the descriptors: most are for modules

/// Who pays: an IPv4 address, or the IPv6 network of 64 bits that one customer of a provider owns.
std::string payer(const boost::asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  if (address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  const auto bytes = address.to_v6().to_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), 8};
}

std::size_t descriptors_max() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return std::min<rlim_t>(limit.rlim_cur, 1 << 20);
}

}  // namespace

std::optional<std::string> Door::turned_away(const boost::asio::ip::address& peer, std::size_t sessions,
                                             std::size_t handshakes_waiting) {
  if (is_full(sessions)) {
    return "this process holds " + std::to_string(sessions) + " connections, all that its descriptors allow; raise " +
           "the limit (ulimit -n)";
  }
  if (handshakes_waiting >= kHandshakesWaitingMax) return "too many handshakes wait already";
  if (!addresses_.take(payer(peer))) return "too many failed attempts from " + peer.to_string();
  return std::nullopt;
}

void Door::refund(std::string_view peer_address) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(peer_address, error);
  if (!error) addresses_.give_back(payer(address));
}

std::size_t http_connections_that_fit() {
  return std::clamp<std::size_t>(descriptors_max() / kHttpShare, 1, kHttpConnectionsMax);
}

std::size_t sessions_that_fit(bool beside_http) {
  const std::size_t kept = kDescriptorsKept + (beside_http ? 2 * http_connections_that_fit() : 0);
  return descriptors_max() > kept + 2 ? (descriptors_max() - kept) / 2 : 1;
}

}  // namespace xl::gateway
