// SPDX-License-Identifier: Apache-2.0
#include "baseline_server.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "pki/openssl_ptr.hpp"

namespace xl::bench {
namespace {

struct Client {
  int fd;
  pki::SslPtr ssl;
  bool greeted = false;
};

pki::SslCtxPtr make_context(const BaselineFiles& files) {
  pki::SslCtxPtr context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const bool good = SSL_CTX_use_certificate_chain_file(context.get(), files.chain.c_str()) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_load_verify_locations(context.get(), files.client_ca.c_str(), nullptr) == 1;
  if (!good) ERR_print_errors_fp(stderr);
  return good ? std::move(context) : nullptr;
}

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool good = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 && ::listen(fd, 4096) == 0;
  return good ? fd : -1;
}

void accept_all(int listener, int epoll, SSL_CTX* context) {
  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto* client = new Client{fd, pki::SslPtr(SSL_new(context))};
    SSL_set_fd(client->ssl.get(), fd);
    SSL_set_accept_state(client->ssl.get());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = client;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

/// False when the client is done.
bool step(Client& client) {
  ERR_clear_error();
  std::array<char, 512> bytes;
  const int read = SSL_read(client.ssl.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (read <= 0) {
    const int error = SSL_get_error(client.ssl.get(), read);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }
  if (!client.greeted) {
    constexpr std::array<unsigned char, 4> connack{0x20, 2, 0, 0};
    SSL_write(client.ssl.get(), connack.data(), static_cast<int>(connack.size()));
    client.greeted = true;
  }
  return true;
}

}  // namespace

int serve_baseline(std::uint16_t port, const BaselineFiles& files) {
  const auto context = make_context(files);
  const int listener = listen_on(port);
  if (!context || listener < 0) return 1;
  const int epoll = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client == nullptr) {
        accept_all(listener, epoll, context.get());
      } else if (!step(*client)) {
        ::close(client->fd);
        delete client;
      }
    }
  }
}

}  // namespace xl::bench
