// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "module/ports/transport.hpp"
#include "mqtt/packet.hpp"
#include "platform/sim/ports.hpp"

namespace xl::platform::sim {

/// A server and an MQTT broker at the far end of the simulated transport. It behaves well unless told otherwise, and
/// keeps what it has seen.
class Broker {
 public:
  struct Published {
    std::string topic, payload;
    std::uint8_t qos = 0;
  };
  struct Login {
    std::string client_id, username;
    bool clean_session = false;
    std::uint16_t keep_alive_seconds = 0;
  };
  /// How it treats the module. Set before the fact.
  struct Manners {
    module::ports::TransportFault fault = module::ports::TransportFault::none;  ///< of the next connection
    bool is_silent = false;                                                     ///< takes everything, answers nothing
    std::uint8_t connack = 0;
    bool drops_at_login = false;
    bool withholds_subacks = false;
    bool withholds_pubacks = false;
    std::string refuses_filter;  ///< SUBACK 0x80 for filters that contain it
    std::string drops_on;        ///< closes when a filter or topic that contains it is used
  };

  explicit Broker(Transport& transport);

  /// Events for the module, in order.
  std::optional<module::ports::TransportEvent::Kind> next_event(module::ports::TransportEvent& event,
                                                                std::string& bytes);

  /// To the module, whatever it subscribed to.
  void publish(const std::string& topic, const std::string& payload, std::uint8_t qos = 0, bool retain = false);
  void send_raw(const std::string& bytes);
  void drop();
  /// Answers that were withheld.
  void release_subacks();
  void release_pubacks();
  bool has(const std::string& filter) const;

  Manners manners;
  std::vector<Published> published;
  std::vector<std::string> subscriptions;
  std::vector<std::uint16_t> acknowledged;  ///< PUBACKs from the module
  std::optional<Login> login;
  unsigned pings = 0;
  bool saw_disconnect = false;

 private:
  struct Pending {
    module::ports::TransportEvent::Kind kind;
    module::ports::TransportFault fault = module::ports::TransportFault::none;
    std::string bytes;
  };

  void on_open();
  void on_sent(const std::string& bytes);
  void answer(const mqtt::Packet& packet);
  void take(const mqtt::Connect& connect);
  void take(const mqtt::Publish& publish);
  void take(const mqtt::Subscribe& subscribe);
  void take(const mqtt::Unsubscribe& unsubscribe);
  bool is_poison(std::string_view topic) const;

  Transport& transport_;
  std::deque<Pending> pending_;
  std::string input_;
  std::uint16_t last_packet_id_ = 0;
  std::vector<std::string> held_subacks_, held_pubacks_;
};

}  // namespace xl::platform::sim
