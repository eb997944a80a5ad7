// SPDX-License-Identifier: Apache-2.0
// The module's JSON reader against another strict parser, and what it makes of an endpoint update.
#include "module/onboarding/json_reader.hpp"

#include <boost/json.hpp>

#include "fuzz/fuzz.hpp"
#include "module/onboarding/endpoint_update.hpp"
#include "module/onboarding/host_name.hpp"
#include "mqtt/utf8.hpp"

namespace xl::fuzz {
namespace {

namespace json = boost::json;
using namespace module::onboarding;

constexpr std::size_t kDepth = 16;

bool is_read(std::string_view text) {
  JsonReader reader(text);
  return reader.skip_value() && reader.at_end();
}

json::value parsed(std::string_view text, std::size_t depth, boost::system::error_code& error) {
  json::parse_options options;
  options.max_depth = depth;
  return json::parse(text, error, {}, options);
}

void compare(std::string_view text) {
  boost::system::error_code error;
  parsed(text, kDepth, error);
  if (!error) require(is_read(text), "what is JSON is read");
  // The reader looks at no UTF-8, no surrogates and no size of numbers: the names that we compare with have none.
  const bool comparable = mqtt::is_utf8_string(text) && text.find("\\u") == std::string_view::npos;
  if (!comparable || !is_read(text)) return;
  parsed(text, kDepth + 2, error);
  require(!error || error == json::error::exponent_overflow, "what is read is JSON");
}

}  // namespace

void run(ByteView input) {
  compare(as_text(input));
  const auto endpoint = requested_endpoint(input);
  if (!endpoint) return;
  require(is_host_name(endpoint->view()), "an endpoint is a host name");
  require(is_read(as_text(input)), "an endpoint comes from whole JSON");
}

}  // namespace xl::fuzz
