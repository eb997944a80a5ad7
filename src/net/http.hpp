// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 server and client without Beast or Asio in sight.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace xl::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
/// First value, name compared without case.
std::optional<std::string_view> find_header(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  std::string method;
  std::string target;  ///< as on the wire: path and query, still percent-encoded
  HttpHeaders headers;
  std::string body;
  std::string peer_address;  ///< without port; empty in a client's request
  bool secure = false;       ///< arrived by TLS

  std::string_view path() const;   ///< target up to `?`
  std::string_view query() const;  ///< after `?`, empty if none
  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
};

/// An open `text/event-stream` reply. Thread-safe. Sends keep-alive comments by itself.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// False when the client has gone or does not read (its queue is full): drop the stream then.
  virtual bool send(std::string_view event, std::string_view data) = 0;
  virtual void close() = 0;
  /// Called once, on the server's thread, when the client has gone or the server stops.
  virtual void on_close(std::function<void()> callback) = 0;
};

/// Answers one request, once, from any thread. Dropping it unanswered sends a 500.
class HttpResponder {
 public:
  virtual ~HttpResponder() = default;
  virtual void respond(HttpResponse response) = 0;
  virtual std::shared_ptr<EventStream> start_event_stream(HttpHeaders extra_headers) = 0;
  /// 101 with these headers (`Upgrade` among them); from then on bytes pass between the client and `descriptor`, a
  /// stream socket that this takes over. When one side ends, so does the other. source: RFC 9110 7.8
  virtual void switch_protocols(HttpHeaders headers, int descriptor) = 0;
};
using HttpHandler = std::function<void(HttpRequest request, std::shared_ptr<HttpResponder> responder)>;

struct HttpListener {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6 literal
  std::uint16_t port = 0;             ///< 0: any free one
  bool tls = false;
};
struct HttpServerOptions {
  std::vector<HttpListener> listeners;
  std::string tls_certificate_chain_pem;  ///< for listeners with tls
  std::string tls_private_key_pem;
  std::size_t body_bytes_max = 1 << 20;
  std::size_t header_bytes_max = 32 << 10;
  std::size_t connections_max = 4096;
  std::uint32_t idle_seconds_max = 60;
};

/// Runs on its own thread; handlers are called there and must not block. A throw in a handler becomes a 500.
class HttpServer {
 public:
  virtual ~HttpServer() = default;  ///< stops accepting, closes connections, joins
  /// The bound listeners, ports filled in.
  virtual const std::vector<HttpListener>& listeners() const = 0;
  /// Stops accepting, lets running requests finish for at most `seconds`, then closes.
  virtual void drain(std::uint32_t seconds) = 0;
};
/// errors: unavailable (address in use: names it and says what to do), invalid_argument (bad address or certificate)
Result<std::unique_ptr<HttpServer>> start_http_server(HttpServerOptions options, HttpHandler handler);

struct HttpClientOptions {
  std::string root_ca_file = {};  ///< PEM bundle for https; empty: the system's roots
  std::uint32_t timeout_seconds = 30;
  std::string root_ca_pem = {};  ///< the bundle itself, in place of a file
  std::stop_token stop = {};     ///< ends the call before its time
};
/// One request, one connection, blocking. `url` is http://host[:port] or https://…; request.target is appended.
/// `Host` and `Content-Length` are added when absent. Names under `localhost` resolve to loopback (RFC 6761).
/// errors: unavailable (cannot connect, timed out, broken reply), invalid_argument (bad url)
Result<HttpResponse> http_call(std::string_view url, HttpRequest request, const HttpClientOptions& options = {});

}  // namespace xl::net
