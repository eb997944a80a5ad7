// SPDX-License-Identifier: Apache-2.0
// One module's connection: TCP, TLS, CONNECT, SUBSCRIBE, messages. Non-blocking; the fleet says when it is ready.
#pragma once
#include <sys/socket.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "identities.hpp"
#include "mqtt/packet.hpp"
#include "tally.hpp"

namespace xl::storm {

class Module;

/// The fleet, as its modules see it.
class Ground {
 public:
  virtual ~Ground() = default;
  /// CONNACK and, when asked for, SUBACK have come.
  virtual void on_open(Module& module) = 0;
  /// It has been told another endpoint and has left.
  virtual void on_told(Module& module) = 0;
  /// A message was acknowledged or heard, whichever ends its journey.
  virtual void on_answer(Module& module) = 0;
  /// The attempt or the connection failed and is closed; `why` is counted already.
  virtual void on_failed(Module& module, bool was_open) = 0;

  const Options* options = nullptr;
  SSL_CTX* context = nullptr;
  sockaddr_storage address{};
  socklen_t address_size = 0;
  int epoll = -1;
  Tally tally;
  Latencies recent;  ///< since the last progress line: of messages, or else of connects
};

class Module {
 public:
  Module(Ground& ground, const Identity& identity);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() { close(); }

  void connect();
  void on_ready();
  void publish();
  /// DISCONNECT, and closed.
  void leave();
  void ping();
  /// Closed without a word; counted as `why`.
  void fail(const std::string& why);
  void close();

  bool is_open() const { return state_ == State::open; }
  bool is_under_way() const { return state_ != State::closed && state_ != State::open; }
  std::size_t unanswered() const { return unanswered_; }
  /// With QoS 1 acknowledged as well as heard.
  bool is_settled() const { return unanswered_ == 0 && unacknowledged_.empty(); }
  std::size_t published() const { return published_; }
  Clock::time_point started() const { return started_; }
  const char* stage() const;
  const std::string& thing_name() const { return identity_->thing_name; }
  bool has_moved() const { return !moved_to_.empty(); }

  std::size_t connects_left = 0;

 private:
  enum class State { closed, handshaking, connecting, subscribing, open };

  bool shake_hands();
  void read();
  std::size_t take_packets();
  void on_packet(const mqtt::Packet& packet);
  void on_connack(const mqtt::ConnAck& answer);
  void subscribe();
  void on_publish(const mqtt::Publish& publish);
  void on_endpoint(std::string_view message);
  const std::string& endpoint() const { return has_moved() ? moved_to_ : identity_->endpoint; }
  void on_answered(Clock::time_point sent);
  void opened();
  void send(const mqtt::Packet& packet);
  void flush();
  /// True: not now. False: failed, and closed.
  bool wait_or_fail(int result);
  std::string tls_reason(int error) const;

  Ground* ground_;
  const Identity* identity_;
  std::string topic_;
  std::string moved_to_;  ///< the endpoint that it was told
  Clock::time_point told_;
  State state_ = State::closed;
  int descriptor_ = -1;
  pki::SslPtr ssl_;
  SessionPtr session_;
  std::string input_, output_;
  std::deque<Clock::time_point> unacknowledged_;
  std::size_t published_ = 0, unanswered_ = 0;
  std::uint16_t packet_id_ = 0;
  Clock::time_point started_;

  friend int keep_session(SSL* ssl, SSL_SESSION* session);
};

/// OpenSSL's callback for new tickets.
int keep_session(SSL* ssl, SSL_SESSION* session);

}  // namespace xl::storm
