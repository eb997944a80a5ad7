// SPDX-License-Identifier: Apache-2.0
// One accepted connection: requests in turn, each with deadlines, answered in order.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "net/exchange.hpp"
#include "net/http.hpp"
#include "net/loop.hpp"
#include "net/request_parser.hpp"
#include "net/stream.hpp"

namespace xl::net {

/// What all connections of a server share. Outlives them.
struct ConnectionSettings {
  std::shared_ptr<Loop> loop;
  RequestParser::Limits limits;
  std::chrono::seconds idle;
  HttpHandler handler;
};

/// Everything here runs on the loop's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(const ConnectionSettings& settings, std::unique_ptr<Stream> stream, std::string peer_address, bool secure);

  awaitable<void> run();
  void close();  ///< at once
  void drain();  ///< after the running request, if there is one

 private:
  enum class Read { request, refused, gone };

  awaitable<Read> read_request(RequestParser& parser);
  awaitable<bool> serve_one();
  awaitable<bool> send(const Answer& answer, bool keep_alive, bool without_body);
  awaitable<void> refuse(int status);
  awaitable<void> stream_events(const EventStreamStart& start);
  awaitable<void> watch_client(std::shared_ptr<EventQueue> queue);
  awaitable<void> tunnel(const TunnelStart& start);
  awaitable<void> pass_to_client(std::shared_ptr<TunnelSocket> socket);
  awaitable<void> linger();
  awaitable<Answer> ask_handler(HttpRequest request);
  awaitable<bool> write(std::string_view bytes);
  void call_handler(HttpRequest request, const std::shared_ptr<Exchange>& exchange) const;
  void arm(std::chrono::seconds deadline);

  const ConnectionSettings& settings_;
  const std::unique_ptr<Stream> stream_;
  const std::string peer_address_;
  const bool secure_;
  boost::asio::steady_timer deadline_;
  std::string inbox_;
  std::shared_ptr<Exchange> exchange_;    ///< while a handler works
  std::shared_ptr<EventQueue> events_;    ///< while events flow
  std::shared_ptr<TunnelSocket> tunnel_;  ///< while the client speaks another protocol
  bool idle_ = true;
  bool draining_ = false;
  bool closed_ = false;
};

}  // namespace xl::net
