// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "module/connection/backoff.hpp"
#include "module/connection/own_topics.hpp"
#include "module/connection/packet_stream.hpp"
#include "module/dictionary/dictionary.hpp"
#include "module/ports/clock.hpp"
#include "module/ports/network_link.hpp"
#include "module/ports/transport.hpp"

namespace xl::module::connection {

/// The step a CONNECT failed at. The numbers are the wire's. source: guide 4.7.2.2
enum class Hint : std::uint8_t { success, backoff, network, endpoint, authentication, login, registration };

/// What to do with the session after a message.
enum class Disposition : std::uint8_t {
  acknowledge,
  acknowledge_and_disconnect,
  abandon  ///< neither acknowledged nor kept: the sender shall try again on a new session
};

/// The way from "nothing" to a session that works: network, TLS, MQTT login, the module's own subscriptions; then its
/// upkeep. Everything is driven by events and by on_time(); nothing blocks. source: guide 4.7.2
class Connection final : private PacketStream::Receiver {
 public:
  class Owner {
   public:
    virtual void on_connected() = 0;
    virtual void on_connect_failed(Hint hint, std::string_view detail) = 0;
    /// The connected session ended, whoever ended it (guide 4.7.3.2).
    virtual void on_connection_lost() = 0;
    virtual Disposition on_message(const mqtt::Publish& publish) = 0;
    virtual void on_oversized_message(std::string_view topic) = 0;
    virtual void on_published(std::uint16_t packet_id) = 0;
    virtual void on_subscribed(std::uint16_t packet_id, bool accepted) = 0;

   protected:
    ~Owner() = default;
  };
  struct Environment {
    ports::Clock& clock;
    ports::Random& random;
    ports::NetworkLink& link;
    ports::Transport& transport;
    const dictionary::Dictionary& dictionary;
    const ports::Identity& identity;
    std::uint16_t port;
  };

  Connection(const Environment& environment, Owner& owner);

  bool is_connected() const { return phase_ == Phase::connected; }
  bool is_connecting() const { return phase_ != Phase::closed && phase_ != Phase::connected; }

  bool is_backing_off() const { return !backoff_.allows(env_.clock.monotonic()); }
  /// Only when closed. Ends with on_connected() or on_connect_failed(), perhaps before it returns.
  void open();
  /// on_connection_lost() if it was connected; a connect in progress ends without a word.
  void close();
  /// close(), and the failures of the past are forgotten.
  void reset();

  /// The packet id, 0 with QoS 0; nullopt: not connected, or the transport took nothing.
  std::optional<std::uint16_t> publish(std::string_view topic, ByteView payload, std::uint8_t qos);
  std::optional<std::uint16_t> subscribe(std::string_view filter, std::uint8_t qos);
  std::optional<std::uint16_t> unsubscribe(std::string_view filter);

  void on_transport(const ports::TransportEvent& event);
  void on_time();
  std::optional<ports::Millis> next_deadline() const;
  const OwnTopics& own_topics() const { return topics_; }

 private:
  enum class Phase : std::uint8_t { closed, joining, opening, logging_in, registering, connected };

  void enter(Phase phase, ports::Millis timeout);
  Hint hint_of_phase() const;
  void poll_link();
  void open_transport();
  void log_in();
  void register_topics();
  void subscribe_to_jobs();
  void finish();
  void fail(Hint hint, std::string_view detail);
  void lose();
  void abort(std::string_view detail);
  void watch();
  [[nodiscard]] bool send(const mqtt::Packet& packet);

  bool on_packet(const mqtt::Packet& packet) override;
  bool on_oversized(const mqtt::Publish& publish) override;
  bool on(const mqtt::ConnAck& ack);
  bool on(const mqtt::Publish& publish);
  bool on(const mqtt::PubAck& ack);
  bool on(const mqtt::SubAck& ack);
  bool on(const mqtt::UnsubAck&) { return true; }
  bool on(const mqtt::PingResp&);
  template <class Other>
  bool on(const Other&);
  bool on_registration_answer(const mqtt::SubAck& ack);
  bool settle(const mqtt::Publish& publish, Disposition disposition);

  Environment env_;
  Owner& owner_;
  OwnTopics topics_;
  Backoff backoff_;
  PacketStream stream_;
  Phase phase_ = Phase::closed;
  bool is_staging_ = true;             ///< of the session: which topics it registers
  std::uint16_t registration_id_ = 0;  ///< of the SUBSCRIBE while registering, then of the PUBLISH that asks for jobs
  bool is_asking_for_jobs_ = false;
  ports::Millis deadline_{};   ///< of a phase on the way to the session
  ports::Millis next_look_{};  ///< at the link while joining; at link and keep-alive while connected
  ports::Millis last_sent_{};
  ports::Millis last_received_{};
  std::optional<ports::Millis> ping_deadline_;
};

}  // namespace xl::module::connection
