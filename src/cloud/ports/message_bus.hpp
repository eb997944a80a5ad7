// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace xl::cloud {

struct Message {
  std::string topic;  ///< as the account sees it
  std::string payload;
  int qos = 0;
  bool retain = false;
};

/// The service's own access to an account's topics, through the same engine as the devices. Thread-safe.
class MessageBus {
 public:
  using Handler = std::function<void(const Message&)>;
  /// Ends the subscription when destroyed; the handler is not called afterwards.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  virtual ~MessageBus() = default;
  /// errors: invalid_argument (not a topic name), unavailable (engine away: nothing was sent)
  virtual Status publish(std::string_view account_id, const Message& message) = 0;
  /// The handler runs on the bus's thread and must not block. Survives an engine restart.
  virtual std::unique_ptr<Subscription> subscribe(std::string_view account_id, std::string_view filter,
                                                  Handler handler) = 0;
};

/// Who is connected now, and tells changes. Thread-safe.
class Presence {
 public:
  using Handler = std::function<void(bool connected)>;
  virtual ~Presence() = default;
  virtual bool is_connected(std::string_view account_id, std::string_view client_id) const = 0;
  /// The id of the client's session; empty: it is not connected.
  virtual std::string session_of(std::string_view account_id, std::string_view client_id) const = 0;
  /// The same, when the session listens for its module's configuration; empty: it does not, or nobody has said so.
  virtual std::string listening_session_of(std::string_view account_id, std::string_view client_id) const = 0;
  /// nullopt: it is not connected.
  virtual std::optional<UnixMillis> connected_since(std::string_view account_id, std::string_view client_id) const = 0;
  /// The handler runs on the gateway's thread, at once with the present state and then on every change.
  virtual std::unique_ptr<MessageBus::Subscription> watch(std::string_view account_id, std::string_view client_id,
                                                          Handler handler) = 0;
};

}  // namespace xl::cloud
