// SPDX-License-Identifier: Apache-2.0
#include "console/answers.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "console/static_files.hpp"

namespace xl::console {
namespace json = boost::json;
namespace {

constexpr std::size_t kDepthMax = 4;

}  // namespace

net::HttpResponse refusal(int status, std::string_view message) {
  net::HttpResponse response = done(status);
  response.headers.emplace_back("Content-Type", "application/json");
  response.body = json::serialize(json::object{{"message", message}});
  return response;
}

net::HttpResponse done(int status) {
  net::HttpResponse response{status, security_headers(), {}};
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

std::optional<std::string> text_member(std::string_view body, std::string_view member) {
  json::parse_options options;
  options.max_depth = kDepthMax;
  json::error_code error;
  const json::value value = json::parse(body, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  const json::value* found = value.get_object().if_contains(member);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string(found->get_string().begin(), found->get_string().end());
}

bool is_from_script(const net::HttpRequest& request) {
  const std::string_view type = request.header("Content-Type").value_or("");
  return request.header("X-Requested-With").has_value() ||
         equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

}  // namespace xl::console
