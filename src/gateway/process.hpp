// SPDX-License-Identifier: Apache-2.0
// One gateway process: alone, or one of several that share listeners, ticket keys and a directory.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/counters.hpp"
#include "gateway/gateway.hpp"
#include "gateway/listen.hpp"
#include "gateway/places.hpp"
#include "gateway/tickets.hpp"

namespace xl::gateway {

struct Membership {
  std::vector<BoundListener> listeners;
  TicketKeys::Seed ticket_seed;
  std::string service_client_id = "service";  ///< of its own connection to the engine
  /// Others accept from the same listeners: one that is full leaves connections to them for a while.
  bool has_peers = false;
  /// Where it counts; null: in memory of its own. Must outlive it.
  AtomicCounters* counters = nullptr;
  /// How it reaches the directory; called once, before the reactor runs. None: it has one of its own. `review` is for
  /// another process to say that it has changed something; on the reactor's thread.
  std::function<std::shared_ptr<DirectoryLink>(boost::asio::io_context& reactor, Places& places,
                                               std::function<void()> review)>
      link = nullptr;
};

/// errors: invalid_argument (certificate or key)
Result<std::unique_ptr<Gateway>> start_gateway_process(GatewayOptions options, cloud::RegistryStore& registry,
                                                       Membership membership);

}  // namespace xl::gateway
