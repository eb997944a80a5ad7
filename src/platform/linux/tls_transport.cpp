// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/tls_transport.hpp"

#include <utility>

#include "platform/linux/tls_connection.hpp"

namespace xl::platform {

using module::ports::TransportEvent;

TlsTransport::TlsTransport(EventLoop& loop, TlsIdentity identity, Settings settings)
    : loop_(loop), identity_(std::move(identity)), settings_(std::move(settings)), resolver_(loop, settings_.resolve) {}

TlsTransport::~TlsTransport() { close(); }

void TlsTransport::open(std::string_view host, std::uint16_t port, std::string_view root_ca_pem) {
  close();
  connection_ = std::make_shared<TlsConnection>(
      loop_, identity_, sessions_, TlsTarget{std::string(host), port, std::string(root_ca_pem)},
      [this](const TransportEvent& event) {
        const bool is_last =
            event.kind == TransportEvent::Kind::failed || event.kind == TransportEvent::Kind::closed_by_peer;
        if (is_last) connection_.reset();  // closed before it is told: the owner may open again at once
        if (sink_) sink_(event);
      });
  connection_->start(resolver_, EventLoop::Clock::now() + settings_.connect_deadline);
}

bool TlsTransport::send(ByteView bytes) { return connection_ && connection_->send(bytes); }

void TlsTransport::close() {
  const auto connection = std::exchange(connection_, nullptr);
  resolver_.cancel();
  if (connection) connection->close();
}

}  // namespace xl::platform
