// SPDX-License-Identifier: Apache-2.0
// One request waiting for its answer, which may come from any thread or never.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <variant>

#include "net/event_queue.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"

namespace xl::net {

struct EventStreamStart {
  HttpHeaders extra_headers;
  std::shared_ptr<EventQueue> queue;
};
/// The other side of a client that has left HTTP behind.
using TunnelSocket = boost::asio::local::stream_protocol::socket;
struct TunnelStart {
  HttpHeaders headers;
  std::shared_ptr<TunnelSocket> socket;
};
/// monostate: the server is closing and waits no longer.
using Answer = std::variant<std::monostate, HttpResponse, EventStreamStart, TunnelStart>;

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  explicit Exchange(std::shared_ptr<Loop> loop) : loop_(std::move(loop)), wake_(loop_->io) {}

  const std::shared_ptr<Loop>& loop() const { return loop_; }
  /// From any thread; the first answer counts.
  void answer(Answer answer);
  /// On the loop's thread.
  boost::asio::awaitable<Answer> wait();

 private:
  void settle(Answer answer);

  const std::shared_ptr<Loop> loop_;
  boost::asio::steady_timer wake_;
  bool settled_ = false;
  Answer answer_;
};

std::shared_ptr<HttpResponder> make_responder(std::shared_ptr<Exchange> exchange);

}  // namespace xl::net
