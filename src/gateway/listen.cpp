// SPDX-License-Identifier: Apache-2.0
#include "gateway/listen.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <optional>
#include <utility>

namespace xl::gateway {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr int kBacklog = 4096;

/// Nothing: the host has no IPv6.
Result<std::optional<BoundListener>> bind(const Listener& listener) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(listener.address, error);
  if (error) return fail(Error::invalid("\"" + listener.address + "\" is not an IPv4 or IPv6 address"));
  const tcp::endpoint endpoint(address, listener.port);
  asio::io_context reactor;
  tcp::acceptor acceptor(reactor);
  error = acceptor.open(endpoint.protocol(), error);
  if (!error) error = acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && address.is_v6()) error = acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) error = acceptor.bind(endpoint, error);
  if (!error) error = acceptor.listen(kBacklog, error);
  if (error == boost::system::errc::address_family_not_supported ||
      error == boost::system::errc::address_not_available) {
    if (address.is_v6() && address.is_loopback()) return std::nullopt;  // the IPv4 listener serves it
  }
  if (error) {
    return fail(Error::unavailable("cannot listen on " + listener.address + " port " + std::to_string(listener.port) +
                                   " for MQTT: " + error.message() +
                                   ". Stop what uses it, or choose another with --mqtt."));
  }
  const std::uint16_t port = acceptor.local_endpoint().port();
  return BoundListener({listener.address, port}, acceptor.release());
}

}  // namespace

BoundListener::BoundListener(BoundListener&& other) noexcept
    : where_(std::move(other.where_)), descriptor_(other.release()) {}

BoundListener::~BoundListener() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int BoundListener::release() { return std::exchange(descriptor_, -1); }

Result<std::vector<BoundListener>> bind_listeners(const std::vector<Listener>& listeners) {
  std::vector<BoundListener> out;
  for (const Listener& listener : listeners) {
    XL_TRY(auto bound, bind(listener));
    if (bound) out.push_back(*std::move(bound));
  }
  return out;
}

}  // namespace xl::gateway
