// SPDX-License-Identifier: Apache-2.0
// What the holder of a valid key may send. Input: a line with method and target, one with x-amzn-principal, the body.
#include "base/text.hpp"
#include "fuzz/api_cloud.hpp"

namespace xl::fuzz {

void run(ByteView input) {
  std::string_view rest = as_text(input);
  const std::string method(take_part(rest, " ")), target(take_part(rest)), principal(take_part(rest));
  ApiCloud& cloud = ApiCloud::get();
  crypto::SignedRequest as_sent{
      method, target, {{"Host", "127.0.0.1:8080"}, {"Content-Type", "application/json"}}, rest};
  if (!principal.empty()) as_sent.headers.emplace_back("x-amzn-principal", principal);
  crypto::sign_v4(as_sent, cloud.key, "us-east-1", "iot", wall_now());
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers = as_sent.headers;
  request.body = rest;
  const net::HttpResponse answer = cloud.ask(std::move(request));
  const auto fault = net::find_header(answer.headers, "x-amzn-ErrorType").value_or("");
  // A query may speak of another signature; what we signed is accepted otherwise.
  if (to_lower(target).find("x-amz-") == std::string::npos)
    require(fault != "InvalidSignatureException" || target.starts_with("/mqtt"), "what is signed is accepted");
}

}  // namespace xl::fuzz
