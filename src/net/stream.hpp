// SPDX-License-Identifier: Apache-2.0
// One byte stream, whether TCP or TLS, so that the HTTP code is compiled once. Only for the .cpp files of net/.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio::ssl {
class context;
}

namespace xl::net {

using boost::asio::awaitable;
using boost::system::error_code;

class Stream {
 public:
  virtual ~Stream() = default;
  /// The TLS handshake; nothing for TCP.
  virtual awaitable<error_code> handshake() = 0;
  /// Appends what has come to `inbox`.
  virtual awaitable<error_code> read_some(std::string& inbox) = 0;
  virtual awaitable<error_code> write(std::string_view bytes) = 0;
  /// Says goodbye: TLS close_notify, then end of data. Reading stays possible.
  virtual awaitable<void> finish() = 0;
  /// At once; pending operations end with an error.
  virtual void close() = 0;
};

std::unique_ptr<Stream> make_tcp_stream(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Stream> make_tls_server_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context);
/// Checks the peer's name against `host` (a name or a numeric address).
std::unique_ptr<Stream> make_tls_client_stream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context,
                                               const std::string& host);

}  // namespace xl::net
