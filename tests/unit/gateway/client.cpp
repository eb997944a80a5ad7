// SPDX-License-Identifier: Apache-2.0
#include "unit/gateway/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "gateway/wire.hpp"

namespace xl::gateway::testing {
namespace {

constexpr timeval kPatience{10, 0};
constexpr timeval kLongPatience{60, 0};

int dial(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

}  // namespace

Client::Client(std::uint16_t port, const Tls& tls) : socket_(dial(port)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_security_level(context_.get(), 0);  // lets old versions be offered
  if (tls.version != 0) {
    SSL_CTX_set_min_proto_version(context_.get(), tls.version);
    SSL_CTX_set_max_proto_version(context_.get(), tls.version);
  }
  if (tls.identity != nullptr) {
    thing_name_ = tls.identity->thing_name;
    SSL_CTX_use_certificate(context_.get(), tls.identity->certificate.x509());
    SSL_CTX_use_PrivateKey(context_.get(), tls.identity->key.pkey());
  }
  if (tls.shown != nullptr) {
    SSL_CTX_use_certificate(context_.get(), tls.shown->certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), tls.shown->key.get());
    for (const auto& link : tls.shown->chain) SSL_CTX_add1_chain_cert(context_.get(), link.get());
  }
  ssl_.reset(SSL_new(context_.get()));
  if (!tls.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), tls.server_name.c_str());
  if (!tls.protocol.empty()) {
    const std::string list = static_cast<char>(tls.protocol.size()) + tls.protocol;
    SSL_set_alpn_protos(ssl_.get(), as_bytes(list).data(), static_cast<unsigned>(list.size()));
  }
  if (!tls.session.empty()) {
    const Byte* der = as_bytes(tls.session).data();
    SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &der, static_cast<long>(tls.session.size()));
    SSL_set_session(ssl_.get(), session);
    SSL_SESSION_free(session);
  }
  SSL_set_fd(ssl_.get(), socket_);
  ERR_clear_error();
  shaken_ = SSL_connect(ssl_.get()) == 1;
}

Client::Client(Cloud& cloud, const cloud::Account& account, const Identity& identity)
    : Client(cloud.port(), Tls{Cloud::endpoint(account), &identity}) {}

Client::~Client() { vanish(); }

std::string Client::session() const {
  const SSL_SESSION* session = SSL_get0_session(ssl_.get());
  if (SSL_SESSION_has_ticket(session) != 1) return {};
  std::string der(static_cast<std::size_t>(i2d_SSL_SESSION(session, nullptr)), '\0');
  auto* out = reinterpret_cast<Byte*>(der.data());
  i2d_SSL_SESSION(session, &out);
  return der;
}

std::string Client::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::optional<int> Client::connect(mqtt::Connect connect) {
  if (connect.client_id.empty()) connect.client_id = thing_name_;
  send(connect);
  const auto answer = next();
  const auto* ack = answer ? answer->as<mqtt::ConnAck>() : nullptr;
  return ack != nullptr ? std::optional<int>(ack->return_code) : std::nullopt;
}

void Client::send(const mqtt::Packet& packet) { send_bytes(encoded(packet)); }

/// What the other side has closed cannot be written to; whoever cares reads.
void Client::send_bytes(std::string_view bytes) {
  ERR_clear_error();
  if (!bytes.empty()) SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

std::optional<Received> Client::next() {
  if (!kept_.empty()) {
    Received first = std::move(kept_.front());
    kept_.pop_front();
    return first;
  }
  for (;;) {
    const auto frame = mqtt::next_frame(as_bytes(input_), 1 << 20);
    if (!frame) return std::nullopt;
    if (*frame) {
      auto bytes = std::make_unique<std::string>(input_.substr(0, (*frame)->size));
      input_.erase(0, bytes->size());
      const auto own = mqtt::next_frame(as_bytes(*bytes), 1 << 20);
      const auto packet = mqtt::decode(**own);
      if (!packet) return std::nullopt;
      return Received{std::move(bytes), *packet};
    }
    std::array<char, 16 * 1024> chunk;
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), chunk.data(), chunk.size());
    if (count <= 0) return std::nullopt;
    input_.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

bool Client::renegotiates() {
  ERR_clear_error();
  if (SSL_renegotiate(ssl_.get()) != 1 || SSL_do_handshake(ssl_.get()) != 1) return false;
  char byte = 0;
  SSL_read(ssl_.get(), &byte, 1);  // the answer comes with what is read next
  return SSL_renegotiate_pending(ssl_.get()) == 0 && ERR_peek_last_error() == 0;
}

bool Client::is_closed() {
  while (next()) {
  }
  ERR_clear_error();
  char byte = 0;
  const int count = SSL_read(ssl_.get(), &byte, 1);
  return count <= 0 && SSL_get_error(ssl_.get(), count) != SSL_ERROR_WANT_READ;
}

void Client::vanish() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Client::publish(std::string_view topic, std::string_view payload, bool retain) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = as_bytes(payload);
  publish.retain = retain;
  send(publish);
}

bool Client::publish_acknowledged(std::string_view topic, std::string_view payload) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = as_bytes(payload);
  publish.qos = 1;
  publish.packet_id = 77;
  send(publish);
  const auto answer = await<mqtt::PubAck>();
  return answer && answer->as<mqtt::PubAck>()->packet_id == 77;
}

int Client::subscribe(std::string_view filter) {
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 9;
  subscribe.count = 1;
  subscribe.filters[0] = {filter, 1};
  send(subscribe);
  const auto answer = await<mqtt::SubAck>();
  const auto* ack = answer ? answer->as<mqtt::SubAck>() : nullptr;
  return ack != nullptr && ack->return_codes.size() == 1 ? ack->return_codes[0] : -1;
}

std::string Client::message() {
  for (auto received = next(); received; received = next()) {
    const auto* publish = received->as<mqtt::Publish>();
    if (publish == nullptr) continue;
    if (publish->qos > 0) send(mqtt::PubAck{publish->packet_id});
    return std::string(publish->topic) + " " + std::string(as_text(publish->payload));
  }
  return "closed";
}

std::string Client::messages_until_quiet() {
  const std::string fence = "fence/" + thing_name_;
  if (subscribe(fence) != 1) return "no fence";
  publish(fence, "");
  std::string all;
  for (std::string one = message(); one != fence + " "; one = message()) {
    all += (all.empty() ? "" : "; ") + one;
    if (one == "closed") break;
  }
  return all;
}

RawSocket::RawSocket(std::uint16_t port) : socket_(dial(port)) {
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kLongPatience, sizeof kLongPatience);
}

RawSocket::~RawSocket() { ::close(socket_); }

void RawSocket::send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

std::string RawSocket::receive() {
  std::string chunk(16 * 1024, '\0');
  chunk.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(socket_, chunk.data(), chunk.size(), 0))));
  return chunk;
}

bool RawSocket::is_closed() {
  std::array<char, 1024> chunk;
  ssize_t count = 0;
  while ((count = ::recv(socket_, chunk.data(), chunk.size(), 0)) > 0) {
  }
  return count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace xl::gateway::testing
