// SPDX-License-Identifier: Apache-2.0
// An authenticated request with its parts decoded.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/fault.hpp"
#include "cloud/model/account.hpp"
#include "net/http.hpp"

namespace xl::api {

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// In a form `+` is a space. In a query it is itself, as signers see it: else a signed `%2B` could become a space on
/// the way without harm to the signature.
enum class Plus { is_itself, is_space };
/// `a=1&b`. nullopt: a broken escape.
std::optional<Parameters> parse_parameters(std::string_view text, Plus plus = Plus::is_itself);
/// First value of a name.
std::optional<std::string> find_parameter(const Parameters& parameters, std::string_view name);

/// errors: SerializationException (not JSON, too deep, not an object). Empty text is an empty object.
tl::expected<boost::json::object, Fault> parse_object(std::string_view text);

struct Request {
  cloud::Account account;
  cloud::Role role = cloud::Role::admin;
  std::string region;
  Parameters labels;  ///< of the path pattern
  Parameters query;
  net::HttpHeaders headers;
  boost::json::object body;  ///< empty for operations that take bytes
  std::string payload;       ///< the bytes of those
  bool secure = false;       ///< arrived by TLS
  UnixMillis now{};

  std::string arn(std::string_view resource) const {
    return "arn:aws:iot:" + region + ":" + account.id + ":" + std::string(resource);
  }
};

}  // namespace xl::api
