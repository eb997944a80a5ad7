// SPDX-License-Identifier: Apache-2.0
// A connection whose client speaks another protocol than HTTP from now on: bytes both ways, nothing understood.
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/connection.hpp"
#include "net/wire.hpp"

namespace xl::net {
namespace asio = boost::asio;
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// How long a client may take to close its side once the other one has ended.
constexpr std::chrono::seconds kGoodbyeSeconds{2};

}  // namespace

awaitable<void> Connection::tunnel(const TunnelStart& start) {
  const auto socket = start.socket;
  tunnel_ = socket;
  arm(settings_.idle);
  const std::string head = switching_head(start.headers);
  const bool told = co_await write(head);
  if (told) {
    deadline_.cancel();
    asio::co_spawn(
        settings_.loop->io,
        [self = shared_from_this(), socket]() -> awaitable<void> { co_await self->pass_to_client(socket); },
        asio::detached);
    error_code failed;
    while (!failed && !closed_) {
      // What the other side no longer wants is read all the same: unread bytes would make our close a reset, and the
      // client would lose what was said last.
      co_await asio::async_write(*socket, asio::buffer(inbox_), kAwait);
      inbox_.clear();
      failed = co_await stream_->read_some(inbox_);
    }
  }
  close();
}

awaitable<void> Connection::pass_to_client(std::shared_ptr<TunnelSocket> socket) {
  std::array<char, 16 * 1024> chunk;
  for (bool passed = true; passed && !closed_;) {
    const auto [failed, count] = co_await socket->async_read_some(asio::buffer(chunk), kAwait);
    if (failed) break;
    arm(settings_.idle);
    passed = co_await write({chunk.data(), count});
    deadline_.cancel();
  }
  arm(kGoodbyeSeconds);
  if (!secure_ && !closed_) co_await stream_->finish();
}

}  // namespace xl::net
