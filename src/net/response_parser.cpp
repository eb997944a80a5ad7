// SPDX-License-Identifier: Apache-2.0
#include "net/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

namespace xl::net {
namespace http = boost::beast::http;
namespace {

using Beast = http::response_parser<http::string_body>;
constexpr std::uint32_t kHeaderBytesMax = 64 << 10;
constexpr std::uint64_t kBodyBytesMax = 16 << 20;

void configure(Beast& parser, bool without_body) {
  parser.eager(true);
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(kBodyBytesMax);
  parser.skip(without_body);
}

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

}  // namespace

struct ResponseParser::Impl {
  std::optional<Beast> beast;
  bool without_body;

  void restart() { configure(beast.emplace(), without_body); }
  bool is_interim() const { return beast->get().result_int() / 100 == 1; }
};

ResponseParser::ResponseParser(bool without_body) : impl_(std::make_unique<Impl>()) {
  impl_->without_body = without_body;
  impl_->restart();
}
ResponseParser::~ResponseParser() = default;

ResponseParser::Progress ResponseParser::feed(std::string& inbox) {
  while (!inbox.empty()) {
    boost::system::error_code error;
    const std::size_t used = impl_->beast->put(boost::asio::buffer(inbox.data(), inbox.size()), error);
    inbox.erase(0, used);
    if (error == http::error::need_more) return Progress::need_more;
    if (error) return Progress::failed;
    if (!impl_->beast->is_done()) continue;
    if (!impl_->is_interim()) return Progress::done;
    impl_->restart();  // 100 Continue and its kind precede the answer
  }
  return Progress::need_more;
}

ResponseParser::Progress ResponseParser::end_of_data() {
  boost::system::error_code error;
  if (impl_->beast->got_some()) impl_->beast->put_eof(error);
  return !error && impl_->beast->is_done() ? Progress::done : Progress::failed;
}

HttpResponse ResponseParser::take() {
  auto message = impl_->beast->release();
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) response.headers.emplace_back(text(field.name_string()), text(field.value()));
  response.body = std::move(message.body());
  return response;
}

}  // namespace xl::net
