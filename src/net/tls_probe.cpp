// SPDX-License-Identifier: Apache-2.0
#include "net/tls_probe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <vector>

#include "net/resolve.hpp"
#include "net/tls_context.hpp"

namespace xl::net {
namespace asio = boost::asio;
namespace {

using asio::ip::tcp;
using boost::system::error_code;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

class Probing {
 public:
  Probing(const TlsProbe& probe, const std::vector<std::string>& addresses, TlsContext tls)
      : probe_(probe), addresses_(addresses), tls_(std::move(tls)), timer_(io_), stream_(io_, *tls_) {}

  Status run() {
    const std::stop_callback stopping(probe_.stop, [this] { io_.stop(); });
    timer_.expires_after(probe_.timeout);
    timer_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) io_.stop();
    });
    asio::co_spawn(io_, talk(), [this](const std::exception_ptr&) { timer_.cancel(); });
    io_.run();
    const std::string where = probe_.host + ":" + std::to_string(probe_.port);
    if (distrust_) return fail(Error::forbidden(where + " is not to be trusted: " + *distrust_));
    if (is_trusted_) return {};
    return fail(Error::unavailable(where + " did not begin TLS: " + problem_));
  }

 private:
  asio::awaitable<void> talk() {
    for (const std::string& address : addresses_) {
      error_code error;
      const auto parsed = asio::ip::make_address(address, error);
      if (error) continue;
      std::tie(error) = co_await stream_.next_layer().async_connect(tcp::endpoint(parsed, probe_.port), kAwait);
      problem_ = error.message();
      if (!error) {
        co_await shake_hands();
        co_return;
      }
      std::ignore = stream_.next_layer().close(error);
    }
  }

  asio::awaitable<void> shake_hands() {
    SSL_set_tlsext_host_name(stream_.native_handle(), probe_.host.c_str());
    stream_.set_verify_callback([this](bool is_good, asio::ssl::verify_context& context) {
      const bool is_leaf = X509_STORE_CTX_get_error_depth(context.native_handle()) == 0;
      const bool has_name = !is_good || asio::ssl::host_name_verification(probe_.host)(true, context);
      if (!is_good) distrust_ = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.native_handle()));
      if (!has_name) distrust_ = "it is for another name";
      if (is_good && has_name && is_leaf) is_trusted_ = true;
      return is_good && has_name;
    });
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::client, kAwait);
    if (error) problem_ = error.message();
    // RFC 6066 3: the server has said so itself.
    const bool is_unknown_name =
        error.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_TLSV1_UNRECOGNIZED_NAME;
    if (is_unknown_name) distrust_ = "the server does not know this name";
  }

  const TlsProbe& probe_;
  const std::vector<std::string>& addresses_;
  const TlsContext tls_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  asio::ssl::stream<tcp::socket> stream_;
  bool is_trusted_ = false;
  std::optional<std::string> distrust_;
  std::string problem_ = "no answer in time";
};

}  // namespace

Status probe_tls(const TlsProbe& probe) {
  XL_TRY(const std::vector<std::string> addresses, resolve(probe.host));
  XL_TRY(const TlsContext tls, make_client_context("", probe.root_ca_pem));
  return Probing(probe, addresses, tls).run();
}

}  // namespace xl::net
