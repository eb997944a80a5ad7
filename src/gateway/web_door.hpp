// SPDX-License-Identifier: Apache-2.0
// Between the HTTP server and the gateway processes: each of these listens on a unix socket of its own beside the
// engine's, in a folder that only the cloud's user can enter. Whoever connects there says first whom he brings.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/mqtt_door.hpp"

namespace xl::gateway {

/// The HTTP server's side: the gateways behind the engine's socket in turn. Those that have ended are passed over.
std::unique_ptr<cloud::MqttDoor> make_mqtt_door(const std::filesystem::path& engine_socket);

/// A gateway's side. Lives on the reactor's thread.
class WebDoor {
 public:
  /// Owns the descriptor.
  using Welcome = std::function<void(const cloud::WebClient& client, int descriptor)>;
  WebDoor(boost::asio::io_context& reactor, Welcome welcome) : acceptor_(reactor), welcome_(std::move(welcome)) {}

  /// `name`: of this gateway among those of the same engine. errors: unavailable
  Status listen(const std::filesystem::path& engine_socket, const std::string& name);
  void close();

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  void accept_next();
  void introduce(std::shared_ptr<Socket> socket);

  boost::asio::local::stream_protocol::acceptor acceptor_;
  Welcome welcome_;
  std::filesystem::path path_;
};

}  // namespace xl::gateway
