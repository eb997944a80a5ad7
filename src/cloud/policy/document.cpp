// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>

#include "cloud/policy/statement.hpp"

namespace xl::cloud::policy {
namespace {

namespace json = boost::json;

constexpr std::size_t kTextBytesMax = 64 * 1024;  // white space included

/// Where in the document we are, for the message of an error.
struct Place {
  std::size_t statement = 0;
  Error error(const std::string& what) const {
    return Error::invalid("statement " + std::to_string(statement) + ": " + what);
  }
};

/// How long a policy of an account may be is the account's limit; this keeps any text within reason.
Status check_size(std::string_view text) {
  if (text.size() <= kTextBytesMax) return {};
  return fail(Error::invalid("longer than " + std::to_string(kTextBytesMax) + " bytes"));
}

Status check_keys(const json::object& object, std::initializer_list<std::string_view> known) {
  for (const auto& member : object) {
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      return fail(Error::invalid("the element \"" + std::string(member.key()) + "\" is not supported"));
  }
  return {};
}

/// A string, or a list of at least one.
Result<std::vector<std::string>> texts_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const Error wrong = Error::invalid(std::string(name) + " must be a string or a list of strings");
  if (value == nullptr) return fail(Error::invalid(std::string(name) + " is missing"));
  if (value->is_string()) return std::vector{std::string(value->get_string())};
  if (!value->is_array() || value->get_array().empty()) return fail(wrong);
  std::vector<std::string> out;
  for (const json::value& item : value->get_array()) {
    if (!item.is_string()) return fail(wrong);
    out.emplace_back(item.get_string());
  }
  return out;
}

Status check_action(const std::string& action) {
  if (action == "*" || action.find(':') != std::string::npos) return {};
  return fail(Error::invalid("the action \"" + action + "\" has no service, such as iot:Publish"));
}

Status check_resource(const std::string& resource) {
  if (resource.starts_with("arn:") || resource.starts_with("*")) return {};
  return fail(Error::invalid("the resource \"" + resource + "\" is neither an ARN nor *"));
}

Result<std::vector<Pattern>> compile_all(const std::vector<std::string>& texts, const Pattern::Syntax& syntax) {
  std::vector<Pattern> out;
  for (const std::string& text : texts) {
    XL_TRY(Pattern pattern, Pattern::compile(text, syntax));
    out.push_back(std::move(pattern));
  }
  return out;
}

Result<bool> parse_deny(const json::object& object) {
  const json::value* effect = object.if_contains("Effect");
  if (effect != nullptr && effect->is_string()) {
    if (effect->get_string() == "Allow") return false;
    if (effect->get_string() == "Deny") return true;
  }
  return fail(Error::invalid("Effect must be \"Allow\" or \"Deny\""));
}

Result<Statement> parse_statement(const json::value& value, bool variables) {
  if (!value.is_object()) return fail(Error::invalid("must be an object"));
  const json::object& object = value.get_object();
  XL_CHECK(check_keys(object, {"Sid", "Effect", "Action", "Resource", "Condition"}));
  Statement statement;
  XL_TRY(statement.deny, parse_deny(object));
  XL_TRY(const auto actions, texts_of(object, "Action"));
  for (const std::string& action : actions) XL_CHECK(check_action(action));
  XL_TRY(statement.actions, compile_all(actions, {.variables = false, .fold_case = true}));
  XL_TRY(const auto resources, texts_of(object, "Resource"));
  for (const std::string& resource : resources) XL_CHECK(check_resource(resource));
  XL_TRY(statement.resources, compile_all(resources, {.variables = variables}));
  if (const json::value* condition = object.if_contains("Condition")) {
    XL_TRY(statement.conditions, parse_conditions(*condition, variables));
  }
  return statement;
}

/// Policy variables came with version 2012-10-17; before it `${` is plain text.
Result<bool> parse_version(const json::object& object) {
  const json::value* version = object.if_contains("Version");
  const bool is_text = version != nullptr && version->is_string();
  if (is_text && version->get_string() == "2012-10-17") return true;
  if (is_text && version->get_string() == "2008-10-17") return false;
  return fail(Error::invalid("Version must be \"2012-10-17\" or \"2008-10-17\""));
}

Result<std::vector<Statement>> parse_statements(const json::value& list, bool variables) {
  const json::array single{list};
  const json::array& items = list.is_array() ? list.get_array() : single;
  if (items.empty()) return fail(Error::invalid("Statement is empty"));
  std::vector<Statement> out;
  Place place;
  for (const json::value& item : items) {
    ++place.statement;
    auto statement = parse_statement(item, variables);
    if (!statement) return fail(place.error(statement.error().detail));
    out.push_back(*std::move(statement));
  }
  return out;
}

Result<std::vector<Statement>> parse_document(std::string_view text) {
  XL_CHECK(check_size(text));
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return fail(Error::invalid("not JSON: " + error.message()));
  if (!value.is_object()) return fail(Error::invalid("a policy must be a JSON object"));
  const json::object& object = value.get_object();
  XL_CHECK(check_keys(object, {"Version", "Id", "Statement"}));
  XL_TRY(const bool variables, parse_version(object));
  const json::value* statements = object.if_contains("Statement");
  if (statements == nullptr) return fail(Error::invalid("Statement is missing"));
  return parse_statements(*statements, variables);
}

}  // namespace

Result<Document> Document::parse(std::string_view name, std::string_view json_text) {
  auto statements = parse_document(json_text);
  if (!statements)
    return fail(Error{statements.error().code, "policy " + std::string(name) + ": " + statements.error().detail});
  Document document;
  document.rules_ = std::make_shared<const Rules>(Rules{std::string(name), *std::move(statements)});
  return document;
}

}  // namespace xl::cloud::policy
