// SPDX-License-Identifier: Apache-2.0
#include "net/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/text.hpp"

namespace xl::net {
namespace http = boost::beast::http;

struct RequestParser::Impl {
  http::request_parser<http::string_body> beast;
};

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

int status_of(const boost::system::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

RequestParser::RequestParser(const Limits& limits) : impl_(std::make_unique<Impl>()) {
  impl_->beast.header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
  impl_->beast.body_limit(limits.body_bytes_max);
}
RequestParser::~RequestParser() = default;

RequestParser::Progress RequestParser::feed(std::string& inbox) {
  auto& beast = impl_->beast;
  while (!beast.is_done()) {
    boost::system::error_code error;
    const std::size_t used = beast.put(boost::asio::buffer(inbox.data(), inbox.size()), error);
    inbox.erase(0, used);
    if (error && error != http::error::need_more) return fail_with(status_of(error));
    if (beast.is_header_done() && !header_told_) {
      header_told_ = true;
      beast.eager(true);
      if (const int fault = header_fault()) return fail_with(fault);
      if (!beast.is_done()) return Progress::header_done;
    }
    if (!beast.is_done() && (error == http::error::need_more || used == 0 || inbox.empty())) return Progress::need_more;
  }
  return Progress::done;
}

/// Rules that keep a request unambiguous. source: RFC 9112 3.2 (one Host), 3.2.1 (origin form), 6.1 (codings)
int RequestParser::header_fault() const {
  const auto& request = impl_->beast.get();
  if (request.version() < 10 || request.version() > 11) return 505;
  const auto hosts = request.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && request.version() == 11)) return 400;
  if (!request.target().starts_with('/')) return 400;
  if (request.count(http::field::transfer_encoding) != 0 && !request.chunked()) return 501;
  const auto expected = view(request[http::field::expect]);
  if (!expected.empty() && !equals_ignoring_case(expected, "100-continue")) return 417;
  return 0;
}

RequestParser::Progress RequestParser::fail_with(int status) {
  failure_status_ = status;
  return Progress::failed;
}

bool RequestParser::expects_continue() const {
  return impl_->beast.get().version() == 11 && impl_->beast.get().count(http::field::expect) != 0;
}

bool RequestParser::keep_alive() const { return impl_->beast.keep_alive(); }

HttpRequest RequestParser::take() {
  auto message = impl_->beast.release();
  HttpRequest request;
  request.method = view(message.method_string());
  request.target = view(message.target());
  for (const auto& field : message) request.headers.emplace_back(view(field.name_string()), view(field.value()));
  request.body = std::move(message.body());
  return request;
}

}  // namespace xl::net
