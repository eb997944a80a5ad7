// SPDX-License-Identifier: Apache-2.0
#include "api/request.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "base/text.hpp"

namespace xl::api {
namespace {

constexpr std::size_t kDepthMax = 16;

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string spaced(text);
  if (plus == Plus::is_space) std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::optional<Parameters> parse_parameters(std::string_view text, Plus plus) {
  Parameters parameters;
  for (const std::string_view part : split(text, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    auto name = decode(part.substr(0, equals), plus);
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1), plus);
    if (!name || !value) return std::nullopt;
    parameters.emplace_back(*std::move(name), *std::move(value));
  }
  return parameters;
}

std::optional<std::string> find_parameter(const Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
  if (found == parameters.end()) return std::nullopt;
  return found->second;
}

tl::expected<boost::json::object, Fault> parse_object(std::string_view text) {
  if (trim(text).empty()) return boost::json::object{};
  boost::json::parse_options options;
  options.max_depth = kDepthMax;
  boost::system::error_code error;
  boost::json::value value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return fail(exceptions::kSerialization, "The body is not valid JSON: " + error.message() + ".");
  if (!value.is_object()) return fail(exceptions::kSerialization, "The body must be a JSON object.");
  return std::move(value).as_object();
}

}  // namespace xl::api
