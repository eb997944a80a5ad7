// SPDX-License-Identifier: Apache-2.0
// What a supervisor and its gateway workers say to each other over a socket pair: JSON objects, one a line. Both ends
// are the same program, so a line that cannot be read is a mistake of ours and ends the connection.
#pragma once
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "gateway/directory.hpp"
#include "gateway/gateway.hpp"
#include "gateway/tickets.hpp"

namespace boost::asio {
class io_context;
}

namespace xl::gateway {

class Channel;

class Control {
 public:
  struct Events {
    /// What it throws is taken as a line that cannot be read.
    std::function<void(const boost::json::object& message)> on_message;
    std::function<void()> on_closed;  ///< once, by the other end or because of a mistake
  };
  /// Takes the descriptor over.
  Control(boost::asio::io_context& reactor, int descriptor);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  void start(Events events);
  void send(const boost::json::object& message);
  void close();

 private:
  std::size_t take_lines(std::string_view bytes);
  void fail(std::string_view reason);

  std::shared_ptr<Channel> channel_;
  Events events_;
};

/// A worker's whole orders.
struct WorkerOrders {
  GatewayOptions options;
  TicketKeys::Seed ticket_seed{};
  std::string registry_file, service_client_id;
  log::Level log_level = log::Level::info;
  int supervisor_pid = 0;
};
/// On one line; holds secrets (the server's key, the ticket seed).
boost::json::object to_json(const WorkerOrders& orders);
WorkerOrders orders_from_json(const boost::json::object& message);

boost::json::object to_json(const EventSource& source);
EventSource source_from_json(const boost::json::object& message);
boost::json::value to_json(const std::optional<Subscriptions>& subscriptions);
std::optional<Subscriptions> subscriptions_from_json(const boost::json::value& value);

}  // namespace xl::gateway
