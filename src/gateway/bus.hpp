// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "cloud/ports/message_bus.hpp"

namespace boost::asio {
class io_context;
}

namespace xl::gateway {

/// The service's own client of the engine. One connection; comes back by itself and subscribes again. The engine gives
/// a client id to one connection only: each process has its own.
class Bus : public cloud::MessageBus {
 public:
  virtual bool is_ready() const = 0;
  virtual void stop() = 0;  ///< on the reactor's thread
};
std::shared_ptr<Bus> make_bus(boost::asio::io_context& reactor, std::filesystem::path engine_socket,
                              std::string client_id = "service");

}  // namespace xl::gateway
