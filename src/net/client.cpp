// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/text.hpp"
#include "net/http.hpp"
#include "net/resolve.hpp"
#include "net/response_parser.hpp"
#include "net/stream.hpp"
#include "net/tls_context.hpp"
#include "net/wire.hpp"

namespace xl::net {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

struct Url {
  bool tls = false;
  std::string authority;  ///< as written: what Host says
  std::string host;       ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;
};

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

Error bad_url(std::string_view text) {
  return Error::invalid("The URL " + std::string(text) + " is not http://host[:port] or https://host[:port].");
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
  } else if (!rest.starts_with("http://")) {
    return fail(bad_url(text));
  }
  rest.remove_prefix(url.tls ? 8 : 7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() || rest.find_first_of("/?#@ \r\n\t") != std::string_view::npos) return fail(bad_url(text));
  url.authority = rest;
  std::string_view host = rest;
  url.port = url.tls ? 443 : 80;
  const auto colon = rest.rfind(':');
  if (colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos) {
    const auto port = port_of(rest.substr(colon + 1));
    if (!port) return fail(bad_url(text));
    url.port = *port;
    host = rest.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return fail(bad_url(text));
  url.host = host;
  return url;
}

/// One call: everything it needs, on an io_context of its own.
class Call {
 public:
  Call(const Url& url, const std::vector<std::string>& addresses, const HttpRequest& request, TlsContext tls)
      : url_(url), addresses_(addresses), request_(request), tls_(std::move(tls)), timer_(io_) {}

  Result<HttpResponse> run(std::chrono::seconds timeout, const std::stop_token& stop) {
    const std::stop_callback stopping(stop, [this] { io_.stop(); });
    timer_.expires_after(timeout);
    timer_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) io_.stop();
    });
    asio::co_spawn(io_, talk(), [this](const std::exception_ptr&) { timer_.cancel(); });
    io_.run();
    return std::move(outcome_);
  }

 private:
  awaitable<void> talk();
  awaitable<bool> connect();
  awaitable<bool> open_tls();
  awaitable<void> read_response();
  Error unreachable(std::string_view why) const {
    return Error::unavailable("Calling " + url_.authority + " failed: " + std::string(why) + ".");
  }

  asio::io_context io_{1};
  const Url& url_;
  const std::vector<std::string>& addresses_;
  const HttpRequest& request_;
  const TlsContext tls_;
  asio::steady_timer timer_;
  std::unique_ptr<Stream> stream_;
  std::string problem_;
  Result<HttpResponse> outcome_ = fail(unreachable("no complete answer came in time"));
};

awaitable<bool> Call::connect() {
  for (const std::string& address : addresses_) {
    error_code error;
    const auto parsed = asio::ip::make_address(address, error);
    if (error) continue;
    tcp::socket socket(io_);
    const tcp::endpoint endpoint(parsed, url_.port);
    std::tie(error) = co_await socket.async_connect(endpoint, kAwait);
    problem_ = error.message();
    if (error) continue;
    std::ignore = socket.set_option(tcp::no_delay(true), error);
    stream_ =
        url_.tls ? make_tls_client_stream(std::move(socket), *tls_, url_.host) : make_tcp_stream(std::move(socket));
    co_return true;
  }
  co_return false;
}

awaitable<void> Call::talk() {
  const bool connected = co_await connect();
  if (!connected) {
    outcome_ = fail(unreachable("cannot connect: " + problem_));
    co_return;
  }
  auto failed = co_await stream_->handshake();
  if (failed) {
    outcome_ = fail(unreachable("the TLS handshake failed: " + failed.message()));
    co_return;
  }
  const std::string text = request_text(request_, url_.authority);
  // A server may answer early and stop reading; its answer counts more than our failed write.
  failed = co_await stream_->write(text);
  co_await read_response();
}

awaitable<void> Call::read_response() {
  ResponseParser parser(request_.method == "HEAD");
  std::string inbox;
  auto progress = ResponseParser::Progress::need_more;
  while (progress == ResponseParser::Progress::need_more) {
    const auto failed = co_await stream_->read_some(inbox);
    if (!failed) {
      progress = parser.feed(inbox);
    } else if (failed == asio::error::eof) {  // not a TLS stream cut short: its length would be the attacker's choice
      progress = parser.end_of_data();
    } else {
      outcome_ = fail(unreachable(failed.message()));
      co_return;
    }
  }
  if (progress == ResponseParser::Progress::done) {
    outcome_ = parser.take();
  } else {
    outcome_ = fail(unreachable("the answer is not complete HTTP"));
  }
}

}  // namespace

Result<HttpResponse> http_call(std::string_view url_text, HttpRequest request, const HttpClientOptions& options) {
  XL_TRY(const Url url, parse_url(url_text));
  if (request.method.empty()) request.method = "GET";
  if (request.target.empty()) request.target = "/";
  if (request.target.find_first_of(" \r\n\t") != std::string::npos || !request.target.starts_with('/'))
    return fail(Error::invalid("The request target " + percent_encode(request.target, "/?&=%") + " is not a path."));
  XL_TRY(const std::vector<std::string> addresses, resolve(url.host));
  TlsContext tls;
  if (url.tls) {
    XL_TRY(tls, make_client_context(options.root_ca_file, options.root_ca_pem));
  }
  return Call(url, addresses, request, tls).run(std::chrono::seconds(options.timeout_seconds), options.stop);
}

}  // namespace xl::net
