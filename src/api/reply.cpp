// SPDX-License-Identifier: Apache-2.0
#include "api/reply.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "crypto/digest.hpp"

namespace xl::api {
namespace {

/// Messages echo what the client sent, which need not be UTF-8; JSON must be.
std::string ascii(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return text;
}

boost::json::object body_of(const Fault& fault) {
  boost::json::object body{{"message", ascii(fault.message)}};
  for (const auto& [name, value] : fault.members) body[name] = value;
  return body;
}

}  // namespace

std::string generation_id(std::string_view arn, UnixMillis created) {
  std::string id = crypto::sha256_hex(std::string(arn) + " " + std::to_string(to_millis(created))).substr(0, 32);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) id.insert(dash, "-");
  return id;
}

net::HttpResponse json_response(const Outcome& outcome, const std::string& request_id) {
  net::HttpResponse response;
  response.headers = {
      {"Content-Type", "application/json"}, {"x-amzn-RequestId", request_id}, {"Cache-Control", "no-store"}};
  if (outcome) {
    response.body = boost::json::serialize(*outcome);
    return response;
  }
  const Fault& fault = outcome.error();
  response.status = fault.exception.status;
  response.headers.emplace_back("x-amzn-ErrorType", std::string(fault.exception.name));
  response.body = boost::json::serialize(body_of(fault));
  return response;
}

}  // namespace xl::api
