// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <future>
#include <set>
#include <thread>

#include "base/log.hpp"
#include "base/tally.hpp"
#include "net/connection.hpp"
#include "net/tls_context.hpp"

namespace xl::net {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

std::string name_of(const HttpListener& listener) {
  const bool v6 = listener.address.find(':') != std::string::npos;
  return (listener.tls ? "https://" : "http://") + (v6 ? "[" + listener.address + "]" : listener.address) + ":" +
         std::to_string(listener.port);
}

std::string text_of(const asio::ip::address& address) {
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
}

Error bind_failure(const HttpListener& listener, const error_code& error) {
  const std::string flag = listener.tls ? "--https" : "--http";
  if (error == asio::error::address_in_use) {
    return Error::unavailable("Cannot listen on " + name_of(listener) +
                              ": another program uses this address. Choose another with " + flag + ".");
  }
  return Error::unavailable("Cannot listen on " + name_of(listener) + ": " + error.message() +
                            ". Choose another address with " + flag + ".");
}

/// errors: invalid_argument (not an address literal), unavailable
Result<tcp::acceptor> listen(asio::io_context& io, HttpListener& listener) {
  error_code error;
  const auto address = asio::ip::make_address(listener.address, error);
  if (error) return fail(Error::invalid(listener.address + " is not an IPv4 or IPv6 address to listen on."));
  const tcp::endpoint endpoint(address, listener.port);
  tcp::acceptor acceptor(io);
  // The first failure ends the chain.
  const bool failed =
      acceptor.open(endpoint.protocol(), error) || acceptor.set_option(tcp::acceptor::reuse_address(true), error) ||
      acceptor.bind(endpoint, error) || acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (failed) return fail(bind_failure(listener, error));
  listener.port = acceptor.local_endpoint().port();
  return acceptor;
}

class Server final : public HttpServer {
 public:
  explicit Server(HttpServerOptions options, HttpHandler handler)
      : options_(std::move(options)),
        settings_{std::make_shared<Loop>(),
                  {options_.header_bytes_max, options_.body_bytes_max},
                  std::chrono::seconds(options_.idle_seconds_max),
                  std::move(handler)} {}

  ~Server() override {
    settings_.loop->post([this] { close_all(); });
    if (thread_.joinable()) thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Status start();
  const std::vector<HttpListener>& listeners() const override { return options_.listeners; }
  void drain(std::uint32_t seconds) override;

 private:
  struct Gate {
    tcp::acceptor acceptor;
    bool tls;
  };

  awaitable<void> accept_on(Gate& gate);
  void serve(tcp::socket socket, bool tls);
  void stop_accepting();
  void close_all();
  void forget(const std::shared_ptr<Connection>& connection);

  HttpServerOptions options_;
  const ConnectionSettings settings_;
  TlsContext tls_;
  std::vector<Gate> gates_;
  std::set<std::shared_ptr<Connection>> connections_;  ///< loop's thread only
  Tally failed_accepts_;                               ///< the same
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable quiet_;
  bool accepting_ = true;  ///< written on the loop's thread, under mutex_
  std::size_t open_ = 0;   ///< the same
};

Status Server::start() {
  auto& io = settings_.loop->io;
  const bool tls = std::ranges::any_of(options_.listeners, &HttpListener::tls);
  if (tls) {
    XL_TRY(tls_, make_server_context(options_.tls_certificate_chain_pem, options_.tls_private_key_pem));
  }
  for (HttpListener& listener : options_.listeners) {
    XL_TRY(tcp::acceptor acceptor, listen(io, listener));
    gates_.push_back({std::move(acceptor), listener.tls});
  }
  for (Gate& gate : gates_) asio::co_spawn(io, accept_on(gate), asio::detached);
  thread_ = std::thread([loop = settings_.loop] { loop->run(); });
  return {};
}

awaitable<void> Server::accept_on(Gate& gate) {
  asio::steady_timer pause(settings_.loop->io);
  while (gate.acceptor.is_open()) {
    auto [error, socket] = co_await gate.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!gate.acceptor.is_open()) co_return;
    if (!error) {
      serve(std::move(socket), gate.tls);
      continue;
    }
    if (const std::size_t count = failed_accepts_.add(); count > 0)
      log::warn("net", "cannot accept a connection", {{"count", std::to_string(count)}, {"what", error.message()}});
    pause.expires_after(100ms);  // out of descriptors: trying again at once would only spin
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void Server::serve(tcp::socket socket, bool tls) {
  if (connections_.size() >= options_.connections_max) return;  // closes it
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;
  std::ignore = socket.set_option(tcp::no_delay(true), error);
  auto stream = tls ? make_tls_server_stream(std::move(socket), *tls_) : make_tcp_stream(std::move(socket));
  auto connection = std::make_shared<Connection>(settings_, std::move(stream), text_of(peer.address()), tls);
  connections_.insert(connection);
  {
    const std::scoped_lock lock(mutex_);
    open_ = connections_.size();
  }
  asio::co_spawn(settings_.loop->io, connection->run(), [this, connection](const std::exception_ptr& thrown) {
    if (thrown) log::error("net", "an HTTP connection ended by an exception");
    connection->close();
    forget(connection);
  });
}

void Server::forget(const std::shared_ptr<Connection>& connection) {
  connections_.erase(connection);
  const std::scoped_lock lock(mutex_);
  open_ = connections_.size();
  quiet_.notify_all();
}

void Server::stop_accepting() {
  for (Gate& gate : gates_) {
    error_code ignored;
    std::ignore = gate.acceptor.close(ignored);
  }
  const std::scoped_lock lock(mutex_);
  accepting_ = false;
  quiet_.notify_all();
}

void Server::close_all() {
  stop_accepting();
  const auto open = connections_;
  for (const auto& connection : open) connection->close();
}

void Server::drain(std::uint32_t seconds) {
  settings_.loop->post([this] {
    stop_accepting();
    const auto open = connections_;
    for (const auto& connection : open) connection->drain();
  });
  std::unique_lock lock(mutex_);
  quiet_.wait_for(lock, std::chrono::seconds(seconds), [this] { return !accepting_ && open_ == 0; });
  lock.unlock();
  settings_.loop->post([this] { close_all(); });
}

}  // namespace

Result<std::unique_ptr<HttpServer>> start_http_server(HttpServerOptions options, HttpHandler handler) {
  auto server = std::make_unique<Server>(std::move(options), std::move(handler));
  XL_CHECK(server->start());
  return server;
}

}  // namespace xl::net
