// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <memory>

#include "module/ports/transport.hpp"
#include "net/resolve.hpp"
#include "platform/linux/event_loop.hpp"
#include "platform/linux/name_resolver.hpp"
#include "platform/linux/tls_client.hpp"

namespace xl::platform {

class TlsConnection;

/// TLS over TCP, driven by the event loop. Events come from the loop only, never from inside open(), send() or close().
/// A server that refuses our certificate in TLS 1.3 does so after `opened`: then `failed` (not_authenticated) follows
/// in place of `closed_by_peer`.
class TlsTransport final : public module::ports::Transport {
 public:
  struct Settings {
    std::chrono::seconds connect_deadline{30};  ///< for all of it: name, every address, handshake
    NameResolver::Resolve resolve = &net::resolve;
  };
  using Sink = std::function<void(const module::ports::TransportEvent&)>;

  TlsTransport(EventLoop& loop, TlsIdentity identity, Settings settings);
  TlsTransport(EventLoop& loop, TlsIdentity identity) : TlsTransport(loop, std::move(identity), Settings()) {}
  ~TlsTransport();

  /// Who hears of events. Set before open().
  void deliver_to(Sink sink) { sink_ = std::move(sink); }

  void open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) override;
  [[nodiscard]] bool send(ByteView bytes) override;
  void close() override;

 private:
  EventLoop& loop_;
  TlsIdentity identity_;
  Settings settings_;
  Sink sink_;
  NameResolver resolver_;
  TlsSessionCache sessions_;
  std::shared_ptr<TlsConnection> connection_;  ///< null: closed
};

}  // namespace xl::platform
