// SPDX-License-Identifier: Apache-2.0
// One device connection: CONNECT, admission, then packets to and from its own engine connection.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cloud/ports/mqtt_door.hpp"
#include "gateway/access.hpp"
#include "gateway/channel.hpp"
#include "gateway/shared.hpp"
#include "gateway/subscriptions.hpp"
#include "mqtt/packet.hpp"

namespace xl::gateway {

class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(Shared& shared, std::shared_ptr<Channel> device, std::string peer_address);
  /// By WebSocket: the access key stands where a device's certificate does.
  Session(Shared& shared, std::shared_ptr<Channel> channel, const cloud::WebClient& client);
  ~Session() { shared_.roll.remove(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  /// Ends the session from outside: takeover, a status that changed, drain.
  void end(End reason, std::string_view detail);
  /// Looks the certificate up again after the registry changed: cuts the session or renews its policies. One that is
  /// still being let in does so when it opens.
  void review();
  /// The client id is ours. `remembered`: what the client had subscribed when it left for a while.
  void on_place(std::optional<Subscriptions> remembered);
  void on_no_place();
  const std::string& account_id() const { return account_id_; }
  const std::string& certificate_id() const { return certificate_id_; }

 private:
  enum class State { awaiting_connect, admitting, engine_connecting, open, ended };

  std::size_t on_device_bytes(std::string_view bytes);
  bool on_device_packet(const mqtt::Packet& packet);
  void on_device_fault(mqtt::Fault fault);
  bool on_connect(const mqtt::Connect& connect);
  bool relay_from_device(const mqtt::Packet& packet);
  bool on_publish(const mqtt::Publish& publish);
  bool publish_to_engine(const mqtt::Publish& publish, const std::string& topic);
  bool ask_service(const mqtt::Publish& publish, const std::string& topic);
  bool answer(const cloud::services::Answer& answer);
  void answer_later(const cloud::services::Answer& answer);
  bool on_subscribe(const mqtt::Subscribe& subscribe);
  bool on_unsubscribe(const mqtt::Unsubscribe& unsubscribe);
  void grant_viewer(const mqtt::Publish& publish);

  void admit();
  void admit_web_client();
  void review_web_client();
  bool awaits_activation() const;
  void provision(const cloud::Account& account);
  void on_provisioned(const cloud::Account& account, Result<cloud::provisioning::Principal> principal);
  void await_activation(const cloud::provisioning::Principal& principal);
  void on_admitted(const cloud::Account& account, const cloud::provisioning::Principal& principal);
  void refuse_admission(const Error& reason);
  Status authorize(const cloud::Account& account, const cloud::provisioning::Principal& principal);
  ConnectionFacts facts() const;
  void record_login();
  std::optional<std::string> forbidden_login() const;
  void refuse_login(const std::string& evidence, const std::string& thing_name);
  void note_login_finding(const std::string& evidence, const std::string& thing_name);
  void refuse(const Error& reason, std::uint8_t return_code);

  const cloud::limits::AccountLimits& limits() const { return shared_.lookup.limits(account_id_); }
  void take_place();
  void connect_engine_now();
  void send_engine_connect();
  std::size_t on_engine_bytes(std::string_view bytes);
  bool on_engine_packet(const mqtt::Packet& packet);
  void on_engine_connected(const mqtt::ConnAck& answer);
  bool deliver(const mqtt::Publish& publish);
  bool deliver_as(const mqtt::Publish& publish, const std::string& topic);

  // Late binding (session_onboarding.cpp):
  void listen_for_move(const mqtt::Subscribe& subscribe);
  void offer_move();
  void on_move(const Status& durable);
  bool send_notice();
  bool is_listening() const;
  void note_listening();
  bool is_own_ack(const mqtt::PubAck& ack);
  bool claim_by_message(const mqtt::Publish& publish, const Access::ClaimMessage& message);
  void on_claimed(const Access::ClaimMessage& message, const Result<cloud::Claim>& claim,
                  std::optional<std::uint16_t> packet_id);
  std::string config_topic() const;
  void note_visit(const cloud::Account& account);
  void note_claim_excesses();
  void note_stranded();
  void open_custody(const cloud::Account& account);
  void note_sighting(const cloud::Account& account);
  void note_long_visit();
  void note_refusal(const Error& reason);
  void try_again_soon();

  /// One direction of the relay: while its sink's queue is long the source waits, but not for ever.
  struct Patience {
    boost::asio::steady_timer timer;
    bool waits = false;
  };
  void hold_back(Channel& source, Patience& patience, End reason, const char* detail);
  void let_go(Channel* source, Patience& patience);
  bool keep_pace(std::size_t bytes);
  void resume_device();

  bool to_device(const mqtt::Packet& packet);
  bool to_engine(const mqtt::Packet& packet);
  void note_retained(std::string_view engine_topic, bool is_there);
  bool may_be_retained(std::string_view engine_topic);
  Status check_room_for(const std::string& filter) const;
  void count_subscriptions();
  void keep_alive();
  void set_deadline(std::chrono::milliseconds after, std::function<void()> then);
  void announce(bool connected, End reason);
  EventSource source() const;
  std::string who() const;

  Shared& shared_;
  std::shared_ptr<Channel> device_, engine_;
  const std::string peer_address_;
  boost::asio::steady_timer timer_;
  Patience with_device_, with_engine_;

  /// What the device may send: when it was too fast we do not read for a while.
  struct Pace {
    boost::asio::steady_timer timer;
    TokenBucket publishes, bytes;
    bool waits = false;
  };
  Pace pace_;
  State state_ = State::awaiting_connect;

  // The CONNECT packet, kept until the engine has answered.
  struct Login {
    std::string client_id, username;
    bool clean_session = true;
    std::uint16_t keep_alive_seconds = 0;
    struct Will {
      std::string topic, payload;
      std::uint8_t qos;
      bool retain;
    };
    std::optional<Will> will;
  };
  Login login_;
  std::string account_id_, certificate_id_;
  std::optional<std::chrono::steady_clock::time_point> web_until_;  ///< of a web client: when it must come again
  std::optional<Access> access_;
  Subscriptions subscriptions_;
  std::size_t counted_ = 0;  ///< of them, among its account's
  std::optional<Directory::Claim> claim_;
  std::optional<Subscriptions> remembered_;  ///< until it is known whether the engine has kept the session
  std::string session_id_;

  /// What the device has subscribed of its configuration topic, and what we have sent on it ourselves.
  struct Move {
    std::optional<std::uint16_t> awaited_ack;          ///< the SUBACK that must reach it first
    std::optional<std::uint8_t> qos;                   ///< it listens
    bool is_listening = false;                         ///< as the directory knows
    bool is_asked = false;                             ///< the registry's writer is asked to write down a notice
    std::pair<std::string, std::int64_t> sent;         ///< the last notice: claim and attempt
    std::uint16_t engine_packet = 0;                   ///< the last id of the engine's
    std::optional<std::uint16_t> own_packet;           ///< ours, until it is acknowledged
    bool is_visit_due = false;                         ///< the registry has yet to learn of this connect
    std::unique_ptr<boost::asio::steady_timer> again;  ///< the registry could not be written
  };
  Move move_;
  std::chrono::steady_clock::time_point last_heard_, opened_;
  int engine_tries_ = 0;
  bool needs_review_ = false;   ///< the registry changed while we were let in
  bool awaits_answer_ = false;  ///< of a service; meanwhile the device is not read
  bool refused_ = false;        // and logged as that
};

}  // namespace xl::gateway
