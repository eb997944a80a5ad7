// SPDX-License-Identifier: Apache-2.0
#include "unit/platform/tls_server.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <stdexcept>

namespace xl::platform::testing {
namespace {

std::pair<Descriptor, std::uint16_t> bind_loopback() {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::getsockname(socket.get(), generic, &size) != 0) {
    throw std::runtime_error("bind");
  }
  return {std::move(socket), ntohs(address.sin_port)};
}

pki::SslCtxPtr make_context(const Credentials& credentials, const TlsServer::Behaviour& behaviour) {
  pki::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  if (behaviour.version_max != 0 && behaviour.version_max < TLS1_2_VERSION) {
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  }
  SSL_CTX_set_min_proto_version(context.get(), behaviour.version_min);
  SSL_CTX_set_max_proto_version(context.get(), behaviour.version_max);
  const auto certificate = pki::Certificate::from_pem(credentials.server_certificate_pem).value();
  SSL_CTX_use_certificate(context.get(), certificate.x509());
  SSL_CTX_use_PrivateKey(context.get(), credentials.server_key.pkey());
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (behaviour.trusts_modules) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), credentials.issuing_ca.certificate.x509());
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  }
  return context;
}

}  // namespace

TlsServer::TlsServer(const Credentials& credentials, Behaviour behaviour)
    : behaviour_(behaviour), context_(make_context(credentials, behaviour)) {
  std::tie(listener_, port_) = bind_loopback();
  ::listen(listener_.get(), 16);
  thread_ = std::thread([this] { serve(); });
}

TlsServer::~TlsServer() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  if (const int client = client_; client >= 0) ::shutdown(client, SHUT_RDWR);
  thread_.join();
}

void TlsServer::serve() {
  while (!stopping_) {
    const Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    client_ = socket.get();
    if (!stopping_) talk(socket.get());
    client_ = -1;
  }
}

void TlsServer::talk(int socket) {
  char bytes[4096];
  if (behaviour_.says_nothing || !behaviour_.speaks_tls) {
    constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
    if (!behaviour_.speaks_tls) ::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
    }
    return;
  }
  const pki::SslPtr ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), socket);
  if (SSL_accept(ssl.get()) != 1) {
    ::shutdown(socket, SHUT_WR);  // and wait, so that no reset overtakes the alert
    while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
    }
    ERR_clear_error();
    return;
  }
  note_client(ssl.get());
  int count = 0;
  while ((count = SSL_read(ssl.get(), bytes, sizeof bytes)) > 0) {
    {
      const std::scoped_lock lock(mutex_);
      received_.append(bytes, static_cast<std::size_t>(count));
    }
    SSL_write(ssl.get(), bytes, count);
    if (behaviour_.hangs_up_after_echo) {
      SSL_shutdown(ssl.get());
      return;
    }
  }
  closed_cleanly_ = SSL_get_error(ssl.get(), count) == SSL_ERROR_ZERO_RETURN;
  ERR_clear_error();
}

void TlsServer::note_client(const SSL* ssl) {
  const std::scoped_lock lock(mutex_);
  resumed_ = SSL_session_reused(ssl) == 1;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  server_name_ = name != nullptr ? name : "";
  const auto certificate = pki::Certificate::from_x509(SSL_get0_peer_certificate(ssl));
  client_common_name_ = certificate ? certificate->facts().subject_attribute("CN").value_or("") : "";
}

std::string TlsServer::server_name() const {
  const std::scoped_lock lock(mutex_);
  return server_name_;
}
std::string TlsServer::client_common_name() const {
  const std::scoped_lock lock(mutex_);
  return client_common_name_;
}
std::string TlsServer::received() const {
  const std::scoped_lock lock(mutex_);
  return received_;
}

std::uint16_t unused_port() { return bind_loopback().second; }

}  // namespace xl::platform::testing
