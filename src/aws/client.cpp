// SPDX-License-Identifier: Apache-2.0
#include "aws/client.hpp"

#include <boost/json.hpp>

#include "base/time.hpp"

namespace xl::aws {
namespace {

/// "http://127.0.0.1:8080/" -> "127.0.0.1:8080"
std::string authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find('/')));
}

std::string exception_in(const net::HttpResponse& response) {
  const auto header = net::find_header(response.headers, "x-amzn-errortype");
  return header ? std::string(header->substr(0, header->find(':'))) : "HTTP " + std::to_string(response.status);
}

}  // namespace

std::string refusal_text(const std::string& what, const Reply& reply) {
  boost::system::error_code error;
  const boost::json::value body = boost::json::parse(reply.body, error);
  const boost::json::value* message = !error && body.is_object() ? body.get_object().if_contains("message") : nullptr;
  return what + " was refused: " + reply.exception +
         (message != nullptr && message->is_string() ? ": " + std::string(message->get_string()) : "");
}

Result<Reply> Client::call(Call call) const {
  crypto::SignedRequest to_sign{call.method, call.target, {{"Host", authority_of(access_.url)}}, call.body};
  for (auto& header : call.headers) to_sign.headers.push_back(std::move(header));
  if (!call.body.empty()) to_sign.headers.emplace_back("Content-Type", call.content_type);
  crypto::sign_v4(to_sign, access_.credentials, access_.region, call.service, wall_now());
  net::HttpRequest request;
  request.method = std::move(call.method);
  request.target = std::move(call.target);
  request.headers = to_sign.headers;
  request.body = call.body;
  XL_TRY(net::HttpResponse response, net::http_call(access_.url, std::move(request), access_.http));
  Reply reply{response.status, {}, {}};
  if (response.status >= 400) reply.exception = exception_in(response);
  reply.body = std::move(response.body);
  return reply;
}

}  // namespace xl::aws
