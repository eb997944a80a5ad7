// SPDX-License-Identifier: Apache-2.0
#include "net/stream.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <tuple>

namespace xl::net {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 8 << 10;  // the memory price of one waiting connection

template <class Socket>
class BasicStream : public Stream {
 public:
  awaitable<error_code> read_some(std::string& inbox) override {
    std::array<char, kReadBytes> chunk;
    const auto [error, count] = co_await socket().async_read_some(asio::buffer(chunk), kAwait);
    inbox.append(chunk.data(), count);
    co_return error;
  }

  awaitable<error_code> write(std::string_view bytes) override {
    const auto [error, count] = co_await asio::async_write(socket(), asio::buffer(bytes.data(), bytes.size()), kAwait);
    co_return error;
  }

  void close() override {
    error_code ignored;
    std::ignore = lowest().close(ignored);
  }

 protected:
  virtual Socket& socket() = 0;
  virtual tcp::socket& lowest() = 0;
};

class TcpStream final : public BasicStream<tcp::socket> {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {}
  awaitable<error_code> handshake() override { co_return error_code{}; }
  awaitable<void> finish() override {
    error_code ignored;
    std::ignore = socket_.shutdown(tcp::socket::shutdown_send, ignored);
    co_return;
  }

 private:
  tcp::socket& socket() override { return socket_; }
  tcp::socket& lowest() override { return socket_; }
  tcp::socket socket_;
};

using TlsSocket = asio::ssl::stream<tcp::socket>;

class TlsStream final : public BasicStream<TlsSocket> {
 public:
  TlsStream(tcp::socket socket, asio::ssl::context& context, asio::ssl::stream_base::handshake_type side)
      : socket_(std::move(socket), context), side_(side) {}

  awaitable<error_code> handshake() override {
    const auto [error] = co_await socket_.async_handshake(side_, kAwait);
    done_ = !error;
    co_return error;
  }

  awaitable<void> finish() override {
    if (!done_) co_return;
    error_code ignored;
    std::tie(ignored) = co_await socket_.async_shutdown(kAwait);
  }

  TlsSocket& raw() { return socket_; }

 private:
  TlsSocket& socket() override { return socket_; }
  tcp::socket& lowest() override { return socket_.next_layer(); }
  TlsSocket socket_;
  asio::ssl::stream_base::handshake_type side_;
  bool done_ = false;
};

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

std::unique_ptr<Stream> make_tcp_stream(tcp::socket socket) { return std::make_unique<TcpStream>(std::move(socket)); }

std::unique_ptr<Stream> make_tls_server_stream(tcp::socket socket, asio::ssl::context& context) {
  return std::make_unique<TlsStream>(std::move(socket), context, asio::ssl::stream_base::server);
}

std::unique_ptr<Stream> make_tls_client_stream(tcp::socket socket, asio::ssl::context& context,
                                               const std::string& host) {
  auto stream = std::make_unique<TlsStream>(std::move(socket), context, asio::ssl::stream_base::client);
  // RFC 6066 3: no address literals in SNI.
  if (!is_address(host)) SSL_set_tlsext_host_name(stream->raw().native_handle(), host.c_str());
  stream->raw().set_verify_callback(asio::ssl::host_name_verification(host));
  return stream;
}

}  // namespace xl::net
