// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "module/ports/transport.hpp"
#include "platform/linux/descriptor.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/name_resolver.hpp"
#include "platform/linux/tcp_dialer.hpp"
#include "platform/linux/tls_client.hpp"

namespace xl::platform {

/// One attempt to connect and what becomes of it: resolving, dialing, handshake, open, over.
class TlsConnection : public std::enable_shared_from_this<TlsConnection> {
 public:
  using Event = module::ports::TransportEvent;
  using Fault = module::ports::TransportFault;
  /// `failed` and `closed_by_peer` are the last event; the connection is over before they are told.
  using Sink = std::function<void(const Event&)>;

  TlsConnection(EventLoop& loop, const TlsIdentity& identity, TlsSessionCache& sessions, TlsTarget target, Sink sink);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  void start(NameResolver& resolver, EventLoop::Clock::time_point deadline);
  bool send(ByteView bytes);
  /// Sends what goes out at once, tells the server that this is the end, and is over. No event.
  void close();

 private:
  enum class State : std::uint8_t { resolving, dialing, handshake, open, over };
  using Step = TlsClient::Step;

  void on_addresses(NameResolver::Addresses addresses);
  void on_dialed(Result<Descriptor> socket);
  void on_deadline();
  void on_socket();
  void shake_hands();
  void opened();
  void receive();
  void flush();
  void later();
  void wait_for_socket();
  void lost(Step step);
  void end(Event event);
  void keep_session();
  void release();

  EventLoop& loop_;
  const TlsIdentity& identity_;
  TlsSessionCache& sessions_;
  const TlsTarget target_;
  const Sink sink_;
  State state_ = State::resolving;
  EventLoop::Clock::time_point deadline_{};
  EventLoop::TimerId timer_ = 0;
  std::unique_ptr<TcpDialer> dialer_;
  Descriptor socket_;
  std::unique_ptr<TlsClient> tls_;
  std::string queue_;        ///< bytes that wait to be sent
  bool needs_room_ = false;  ///< the handshake (or a key update) waits for room in the socket, not for the server
  bool received_anything_ = false;
};

}  // namespace xl::platform
