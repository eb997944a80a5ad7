// SPDX-License-Identifier: Apache-2.0
// A device written down plainly: blocking, one step at a time, so that tests read like the conversation on the wire.
#pragma once
#include <cstdint>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/packet.hpp"
#include "pki/openssl_ptr.hpp"
#include "unit/gateway/support.hpp"

namespace xl::gateway::testing {

/// A packet with the bytes that its views look into.
struct Received {
  std::unique_ptr<std::string> bytes;
  mqtt::Packet packet;
  template <class T>
  const T* as() const {
    return std::get_if<T>(&packet);
  }
};

/// Certificates that pki/ would not even read, with the key that is used for them.
struct Shown {
  pki::X509Ptr certificate;
  pki::PkeyPtr key;
  std::vector<pki::X509Ptr> chain = {};
};

class Client {
 public:
  struct Tls {
    std::string server_name;
    const Identity* identity = nullptr;  ///< null: shows no certificate
    int version = 0;                     ///< 0: the newest
    std::string protocol = {};           ///< ALPN
    std::string session = {};            ///< of an earlier client's session(), offered for resumption
    const Shown* shown = nullptr;        ///< instead of an identity
  };
  Client(std::uint16_t port, const Tls& tls);
  Client(Cloud& cloud, const cloud::Account& account, const Identity& identity);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool is_shaken() const { return shaken_; }  ///< our side of the handshake is done
  std::string protocol() const;               ///< the ALPN protocol that was agreed
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  std::string session() const;  ///< what a later client may offer; empty when the server gave no ticket

  /// CONNECT as the thing; the CONNACK's code, nullopt when the connection was closed without one.
  std::optional<int> connect(mqtt::Connect connect = {
                                 .client_id = {}, .clean_session = true, .keep_alive_seconds = 60});
  void send(const mqtt::Packet& packet);
  void send_bytes(std::string_view bytes);
  /// The next packet; nullopt: closed, or nothing came within ten seconds.
  std::optional<Received> next();
  /// The next packet of this kind; what comes before it is kept for later.
  template <class T>
  std::optional<Received> await() {
    std::deque<Received> before;
    auto received = next();
    for (; received && received->as<T>() == nullptr; received = next()) before.push_back(std::move(*received));
    kept_.insert(kept_.begin(), std::make_move_iterator(before.begin()), std::make_move_iterator(before.end()));
    return received;
  }
  bool renegotiates();  ///< asks for another handshake; false: refused
  bool is_closed();     ///< reads on until the other side closes; false when it does not within ten seconds
  void vanish();        ///< the cable is cut

  void publish(std::string_view topic, std::string_view payload, bool retain = false);
  bool publish_acknowledged(std::string_view topic, std::string_view payload);
  int subscribe(std::string_view filter);  ///< the SUBACK's code, -1 when none came
  /// The next PUBLISH as "topic payload", acknowledged when it asks for that; "closed" when there is none.
  std::string message();
  /// Everything heard until a message that we send to ourselves comes back: what is missing here was never sent.
  std::string messages_until_quiet();

 private:
  std::string thing_name_;
  int socket_ = -1;
  pki::SslCtxPtr context_;
  pki::SslPtr ssl_;
  bool shaken_ = false;
  std::string input_;
  std::deque<Received> kept_;
};

/// A connection that speaks no TLS.
class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  void send(std::string_view bytes);
  std::string receive();  ///< what comes next; empty: closed
  bool is_closed();       ///< waits for it; false when it stays open for a minute

 private:
  int socket_;
};

}  // namespace xl::gateway::testing
