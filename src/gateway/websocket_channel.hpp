// SPDX-License-Identifier: Apache-2.0
// A channel inside a WebSocket: its bytes are the content of binary frames. Answers pings and closes as RFC 6455 wants.
#pragma once
#include <memory>

#include "gateway/channel.hpp"

namespace xl::gateway {

/// After the HTTP upgrade: `inner` carries frames. Has no ssl().
std::shared_ptr<Channel> make_websocket_channel(boost::asio::io_context& reactor, std::shared_ptr<Channel> inner);

}  // namespace xl::gateway
