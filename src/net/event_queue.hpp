// SPDX-License-Identifier: Apache-2.0
// The bounded queue between whoever sends events and the connection that writes them.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/http.hpp"
#include "net/loop.hpp"

namespace xl::net {

/// One server-sent event. Line breaks in `data` become several data lines (HTML living standard 9.2.6).
std::string event_text(std::string_view event, std::string_view data);

class EventQueue : public std::enable_shared_from_this<EventQueue> {
 public:
  static constexpr std::size_t kPendingBytesMax = 256 << 10;
  static constexpr std::chrono::seconds kKeepAlive{15};

  explicit EventQueue(std::shared_ptr<Loop> loop) : loop_(std::move(loop)), wake_(loop_->io) {}

  // From any thread.
  bool push(std::string text);
  void close();  ///< what is queued is still written
  void on_close(std::function<void()> callback);

  // On the loop's thread.
  /// What to write next: events, or a comment after a quiet while. nullopt: closed.
  boost::asio::awaitable<std::optional<std::string>> next();
  void end();  ///< the connection is over: drops the rest and tells on_close

 private:
  void wake_locked();
  std::optional<std::string> take();

  const std::shared_ptr<Loop> loop_;
  boost::asio::steady_timer wake_;  ///< loop's thread only
  std::mutex mutex_;
  std::string pending_;
  bool closed_ = false;
  bool ended_ = false;
  bool waking_ = false;
  std::function<void()> callback_;
};

/// What the handler holds. Dropping the last one closes the stream.
std::shared_ptr<EventStream> make_event_stream(std::shared_ptr<EventQueue> queue);

}  // namespace xl::net
