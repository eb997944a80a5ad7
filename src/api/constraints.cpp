// SPDX-License-Identifier: Apache-2.0
#include "api/constraints.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace xl::api {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool in_thing_name(char c) { return is_alnum(c) || is_one_of(c, ":_-"); }
bool in_policy_name(char c) { return is_alnum(c) || is_one_of(c, "_+=,.@-"); }
bool in_certificate_id(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool in_template_name(char c) { return is_alnum(c) || is_one_of(c, "_-"); }
bool in_attribute_name(char c) { return is_alnum(c) || is_one_of(c, "_.,@/:#-"); }
bool in_attribute_value(char c) { return in_attribute_name(c) || is_one_of(c, "=[]"); }
bool in_marker(char c) { return is_alnum(c) || is_one_of(c, "+/="); }
bool in_bucket_name(char c) { return is_alnum(c) || is_one_of(c, "._-"); }
bool in_object_key(char c) { return is_alnum(c) || is_one_of(c, "!_.*'()-/"); }
bool is_graphic(char c) { return c >= 0x20 && c < 0x7f; }
bool is_printable(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

constexpr std::size_t kEchoedMax = 128;
std::string echoed(const std::string& value) {
  return value.size() <= kEchoedMax ? value : value.substr(0, kEchoedMax) + "...";
}

std::string set_of(Choices choices) {
  std::string text = "[";
  for (const std::string_view choice : choices) text += (text.size() > 1 ? ", " : "") + std::string(choice);
  return text + "]";
}

}  // namespace

namespace rules {
const TextRule kThingName{1, 128, &in_thing_name, "[a-zA-Z0-9:_-]+"};
const TextRule kPolicyName{1, 128, &in_policy_name, "[\\w+=,.@-]+"};
const TextRule kPolicyDocument{0, 404600, nullptr, "[\\s\\S]*"};
const TextRule kPolicyVersionId{1, 18, &is_digit, "[0-9]+"};
const TextRule kCertificateId{64, 64, &in_certificate_id, "(0x)?[a-fA-F0-9]+"};
const TextRule kCertificatePem{1, 65536, nullptr, "[\\s\\S]*"};
const TextRule kCertificateSigningRequest{1, 4096, nullptr, "[\\s\\S]*"};
const TextRule kAwsAccountId{12, 12, &is_digit, "[0-9]+"};
const TextRule kMessage{0, 128, nullptr, "[\\s\\S]*"};
const TextRule kTemplateName{1, 36, &in_template_name, "^[0-9A-Za-z_-]+$"};
const TextRule kTemplateBody{0, 10240, nullptr, "[\\s\\S]*"};
const TextRule kTemplateDescription{0, 500, &is_printable, "[^\\p{C}]*"};
const TextRule kRoleArn{20, 2048, nullptr, ""};
const TextRule kDescription{0, 2028, &is_graphic, "[\\p{Graph}\\x20]*"};
const TextRule kTagKey{1, 128, nullptr, "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$"};
const TextRule kTagValue{0, 256, nullptr, ""};
const TextRule kParameterName{0, 2048, nullptr, "[\\s\\S]*"};
const TextRule kParameterValue{0, 4096, nullptr, "[\\s\\S]*"};
const TextRule kTaskId{0, 40, nullptr, ""};
const TextRule kBucketName{3, 256, &in_bucket_name, "[a-zA-Z0-9._-]+"};
const TextRule kObjectKey{1, 1024, &in_object_key, "[a-zA-Z0-9!_.*'()-\\/]+"};
const TextRule kAttributeName{0, 128, &in_attribute_name, "[a-zA-Z0-9_.,@/:#-]+"};
const TextRule kAttributeValue{0, 800, &in_attribute_value, "[a-zA-Z0-9_.,@/:#=\\[\\]-]*"};
const TextRule kEndpointType{0, 128, nullptr, "[\\s\\S]*"};
const TextRule kMarker{0, 1024, &in_marker, "[A-Za-z0-9+/]+={0,2}"};
const TextRule kAnyText{0, 65536, nullptr, "[\\s\\S]*"};
}  // namespace rules

void Constraints::broken(std::string_view name, const std::optional<std::string>& value, std::string constraint) {
  const std::string shown = value ? "'" + echoed(*value) + "'" : "null";
  faults_.push_back("Value " + shown + " at '" + std::string(name) +
                    "' failed to satisfy constraint: " + std::move(constraint));
}

void Constraints::check(std::string_view name, const std::string& value, const TextRule& rule) {
  if (value.size() < rule.length_min)
    broken(name, value, "Member must have length greater than or equal to " + std::to_string(rule.length_min));
  if (value.size() > rule.length_max)
    broken(name, value, "Member must have length less than or equal to " + std::to_string(rule.length_max));
  if (rule.allowed != nullptr && !std::ranges::all_of(value, rule.allowed))
    broken(name, value, "Member must satisfy regular expression pattern: " + std::string(rule.pattern));
}

void Constraints::check(std::string_view name, const std::string& value, Choices choices) {
  if (std::ranges::find(choices, value) == choices.end())
    broken(name, value, "Member must satisfy enum value set: " + set_of(choices));
}

std::string Constraints::header(const Request& request, std::string_view header, std::string_view name,
                                const TextRule& rule) {
  const auto given = net::find_header(request.headers, header);
  if (!given) broken(name, std::nullopt, "Member must not be null");
  std::string value(given.value_or(""));
  if (given) check(name, value, rule);
  return value;
}

std::string Constraints::label(const Request& request, std::string_view name, const TextRule& rule) {
  std::string value = find_parameter(request.labels, name).value_or("");
  check(name, value, rule);
  return value;
}

std::optional<std::string> Constraints::text(const boost::json::object& object, std::string_view name,
                                             const TextRule& rule) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (!member->is_string()) {
    broken(name, std::nullopt, "Member must be a string");
    return std::nullopt;
  }
  std::string value(member->get_string().begin(), member->get_string().end());
  check(name, value, rule);
  return value;
}

template <class Read>
auto Constraints::required(std::string_view name, const Read& read) {
  const std::size_t faults = faults_.size();
  auto value = read();
  if (!value && faults == faults_.size()) broken(name, std::nullopt, "Member must not be null");
  return std::move(value).value_or(typename decltype(value)::value_type());
}

std::string Constraints::required_text(const boost::json::object& object, std::string_view name, const TextRule& rule) {
  return required(name, [&] { return text(object, name, rule); });
}

std::vector<std::string> Constraints::required_texts(const boost::json::object& object, std::string_view name,
                                                     const TextRule& rule) {
  return required(name, [&] { return texts(object, name, rule); });
}

std::vector<boost::json::object> Constraints::required_objects(const boost::json::object& parent,
                                                               std::string_view name) {
  return required(name, [&] { return objects(parent, name); });
}

boost::json::object Constraints::required_object(const boost::json::object& parent, std::string_view name) {
  return required(name, [&] { return object(parent, name); });
}

std::optional<std::string> Constraints::choice(const boost::json::object& object, std::string_view name,
                                               Choices choices) {
  auto value = text(object, name, rules::kAnyText);
  if (value) check(name, *value, choices);
  return value;
}

std::optional<bool> Constraints::flag(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (member->is_bool()) return member->get_bool();
  broken(name, std::nullopt, "Member must be a boolean");
  return std::nullopt;
}

std::optional<std::int64_t> Constraints::number(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (member->is_int64()) return member->get_int64();
  broken(name, std::nullopt, "Member must be a number");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Constraints::texts(const boost::json::object& object, std::string_view name,
                                                           const TextRule& rule) {
  const auto* member = object.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  std::vector<std::string> out;
  if (!member->is_array()) broken(name, std::nullopt, "Member must be a list");
  for (const auto& item : member->is_array() ? member->get_array() : boost::json::array()) {
    if (!item.is_string()) {
      broken(name, std::nullopt, "Member must be a list of strings");
      continue;
    }
    check(name, out.emplace_back(item.get_string()), rule);
  }
  return out;
}

std::optional<std::map<std::string, std::string>> Constraints::text_map(const boost::json::object& parent,
                                                                        std::string_view name, const TextRule& key_rule,
                                                                        const TextRule& value_rule) {
  const auto members = object(parent, name);
  if (!members) return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : *members) {
    check(name, std::string(key), key_rule);
    if (value.is_string()) {
      check(name, out[std::string(key)] = std::string(value.get_string()), value_rule);
    } else {
      broken(name, std::string(key), "Map values must be strings");
    }
  }
  return out;
}

std::optional<boost::json::object> Constraints::object(const boost::json::object& parent, std::string_view name) {
  const auto* member = parent.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (member->is_object()) return member->get_object();
  broken(name, std::nullopt, "Member must be a structure");
  return std::nullopt;
}

std::optional<std::vector<boost::json::object>> Constraints::objects(const boost::json::object& parent,
                                                                     std::string_view name) {
  const auto* member = parent.if_contains({name.data(), name.size()});
  if (member == nullptr || member->is_null()) return std::nullopt;
  std::vector<boost::json::object> out;
  if (!member->is_array()) broken(name, std::nullopt, "Member must be a list");
  for (const auto& item : member->is_array() ? member->get_array() : boost::json::array()) {
    if (item.is_object()) {
      out.push_back(item.get_object());
    } else {
      broken(name, std::nullopt, "Member must be a list of structures");
    }
  }
  return out;
}

std::optional<std::string> Constraints::query_text(const Request& request, std::string_view name,
                                                   const TextRule& rule) {
  auto value = find_parameter(request.query, name);
  if (value) check(name, *value, rule);
  return value;
}

std::optional<std::string> Constraints::query_choice(const Request& request, std::string_view name, Choices choices) {
  auto value = find_parameter(request.query, name);
  if (value) check(name, *value, choices);
  return value;
}

std::string Constraints::required_query_text(const Request& request, std::string_view name, const TextRule& rule) {
  auto value = query_text(request, name, rule);
  if (!value) broken(name, std::nullopt, "Member must not be null");
  return value.value_or("");
}

std::string Constraints::required_query_choice(const Request& request, std::string_view name, Choices choices) {
  auto value = query_choice(request, name, choices);
  if (!value) broken(name, std::nullopt, "Member must not be null");
  return value.value_or("");
}

std::size_t Constraints::query_number(const Request& request, std::string_view name, std::size_t least,
                                      std::size_t most, std::size_t fallback) {
  const auto given = find_parameter(request.query, name);
  if (!given) return fallback;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
  if (error != std::errc{} || end != given->data() + given->size()) {
    broken(name, *given, "Member must be a number");
  } else if (number < least) {
    broken(name, *given, "Member must have value greater than or equal to " + std::to_string(least));
  } else if (number > most) {
    broken(name, *given, "Member must have value less than or equal to " + std::to_string(most));
  }
  return number;
}

std::optional<std::int64_t> Constraints::query_integer(const Request& request, std::string_view name) {
  const auto given = find_parameter(request.query, name);
  if (!given) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), number);
  if (error != std::errc{} || end != given->data() + given->size()) broken(name, *given, "Member must be a number");
  return number;
}

/// The developer guide's examples say TRUE, clients say true.
std::optional<bool> Constraints::query_flag(const Request& request, std::string_view name) {
  const auto value = find_parameter(request.query, name);
  if (!value) return std::nullopt;
  const bool yes = equals_ignoring_case(*value, "true");
  if (!yes && !equals_ignoring_case(*value, "false")) broken(name, *value, "Member must be true or false");
  return yes;
}

tl::expected<void, Fault> Constraints::result() const {
  if (faults_.empty()) return {};
  std::string all =
      std::to_string(faults_.size()) + " validation error" + (faults_.size() > 1 ? "s" : "") + " detected: ";
  for (std::size_t i = 0; i < faults_.size(); ++i) all += (i > 0 ? "; " : "") + faults_[i];
  return fail(exceptions::kInvalidRequest, std::move(all));
}

}  // namespace xl::api
