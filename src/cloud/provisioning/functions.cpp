// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/functions.hpp"

#include <array>
#include <boost/json.hpp>
#include <vector>

#include "base/text.hpp"

namespace xl::cloud::provisioning {
namespace json = boost::json;

namespace {

using List = std::vector<std::string>;
constexpr std::size_t kTextBytesMax = 32 * 1024;  // functions nest: without a bound a small template fills the memory

using Function = Result<std::string> (*)(const json::value& argument, const Scope& scope);

Error broken(std::string what) { return Error::invalid("Provisioning template: " + std::move(what)); }

Status check_size(const std::string& text) {
  if (text.size() > kTextBytesMax) return fail(broken("a text grows over 32 KiB."));
  return {};
}

Result<std::string> reference(const json::value& argument, const Scope& scope) {
  if (!argument.is_string()) return fail(broken("Ref needs the name of a parameter."));
  const std::string name(argument.get_string());
  const auto found = scope.parameters.find(name);
  if (found == scope.parameters.end()) return fail(broken("Ref to " + name + ", which is not a declared parameter."));
  return found->second;
}

Result<const json::array*> arguments_of(const json::value& argument, std::size_t count, const char* usage) {
  if (!argument.is_array() || argument.get_array().size() != count) return fail(broken(std::string(usage) + "."));
  return &argument.get_array();
}

Result<List> evaluate_list(const json::value& value, const Scope& scope) {
  if (value.is_object() && value.get_object().size() == 1 && value.get_object().begin()->key() == "Fn::Split") {
    XL_TRY(const json::array* parts,
           arguments_of(value.get_object().begin()->value(), 2, "Fn::Split needs [delimiter, text]"));
    XL_TRY(const std::string delimiter, evaluate_text((*parts)[0], scope));
    XL_TRY(const std::string text, evaluate_text((*parts)[1], scope));
    if (delimiter.size() != 1) return fail(broken("Fn::Split needs a delimiter of one character."));
    List out;
    for (std::string_view part : split(text, delimiter[0])) out.emplace_back(part);
    return out;
  }
  if (!value.is_array()) return fail(broken("a list was expected."));
  List out;
  for (const json::value& item : value.get_array()) {
    XL_TRY(std::string text, evaluate_text(item, scope));
    out.push_back(std::move(text));
  }
  return out;
}

Result<std::string> join(const json::value& argument, const Scope& scope) {
  XL_TRY(const json::array* parts, arguments_of(argument, 2, "Fn::Join needs [delimiter, [values]]"));
  XL_TRY(const std::string delimiter, evaluate_text((*parts)[0], scope));
  XL_TRY(const List values, evaluate_list((*parts)[1], scope));
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += (i == 0 ? "" : delimiter) + values[i];
    XL_CHECK(check_size(out));
  }
  return out;
}

Result<std::string> select(const json::value& argument, const Scope& scope) {
  XL_TRY(const json::array* parts, arguments_of(argument, 2, "Fn::Select needs [index, [values]]"));
  XL_TRY(const List values, evaluate_list((*parts)[1], scope));
  const json::value& index = (*parts)[0];
  std::size_t at = values.size();
  if (index.is_int64() && index.get_int64() >= 0) at = static_cast<std::size_t>(index.get_int64());
  if (index.is_string() && index.get_string().size() == 1) at = static_cast<std::size_t>(index.get_string()[0] - '0');
  if (at >= values.size() && scope.checking) return std::string(kPlaceholder);
  if (at >= values.size()) return fail(broken("Fn::Select: the index is outside the list."));
  return values[at];
}

/// `${iot:ClientId}`, `${*}`: part of a policy, not ours.
bool is_policy_variable(std::string_view name) {
  if (name == "*" || name == "?" || name == "$") return true;
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && name.find(':') != std::string_view::npos;
}

/// `${Name}` becomes a value of the call's own map or a parameter; policy variables stay as they are.
Result<std::string> substitute(std::string_view text, const Parameters& values) {
  std::string out;
  while (!text.empty()) {
    const auto start = text.find("${");
    const auto end = start == std::string_view::npos ? start : text.find('}', start);
    if (end == std::string_view::npos) break;
    const std::string name(text.substr(start + 2, end - start - 2));
    const auto found = values.find(name);
    if (found == values.end() && !is_policy_variable(name))
      return fail(broken("Fn::Sub uses ${" + name + "}, which is not a declared parameter."));
    out += text.substr(0, start);
    out += found == values.end() ? std::string(text.substr(start, end + 1 - start)) : found->second;
    XL_CHECK(check_size(out));
    text.remove_prefix(end + 1);
  }
  return out + std::string(text);
}

Result<std::string> substitution(const json::value& argument, const Scope& scope) {
  if (argument.is_string()) return substitute(argument.get_string(), scope.parameters);
  XL_TRY(const json::array* parts, arguments_of(argument, 2, "Fn::Sub needs a text or [text, {values}]"));
  if (!(*parts)[0].is_string() || !(*parts)[1].is_object()) return fail(broken("Fn::Sub needs [text, {values}]."));
  Parameters values = scope.parameters;
  for (const auto& [name, value] : (*parts)[1].get_object()) {
    XL_TRY(values[std::string(name)], evaluate_text(value, scope));
  }
  return substitute((*parts)[0].get_string(), values);
}

Result<std::string> find_in_map(const json::value& argument, const Scope& scope) {
  XL_TRY(const List keys, evaluate_list(argument, scope));
  if (keys.size() != 3) return fail(broken("Fn::FindInMap needs [map, key, key]."));
  const json::object* level = scope.mappings;
  for (std::size_t i = 0; i < 2 && level != nullptr; ++i) {
    const json::value* next = level->if_contains(keys[i]);
    level = next != nullptr && next->is_object() ? &next->get_object() : nullptr;
  }
  const json::value* found = level != nullptr ? level->if_contains(keys[2]) : nullptr;
  if (found == nullptr && scope.checking && scope.mappings != nullptr && scope.mappings->contains(keys[0]))
    return std::string(kPlaceholder);
  if (found == nullptr || !found->is_string()) {
    return fail(broken("Fn::FindInMap: " + keys[0] + ", " + keys[1] + ", " + keys[2] + " is not in Mappings."));
  }
  return std::string(found->get_string());
}

constexpr std::array<std::pair<std::string_view, Function>, 5> kFunctions{{{"Ref", &reference},
                                                                           {"Fn::Join", &join},
                                                                           {"Fn::Select", &select},
                                                                           {"Fn::Sub", &substitution},
                                                                           {"Fn::FindInMap", &find_in_map}}};

bool is_function_name(std::string_view key) { return key == "Ref" || key.starts_with("Fn::"); }

Result<json::value> evaluate_array(const json::array& items, const Scope& scope) {
  json::array out;
  for (const json::value& item : items) {
    XL_TRY(json::value evaluated, evaluate_tree(item, scope));
    out.push_back(std::move(evaluated));
  }
  return json::value(std::move(out));
}

Result<json::value> evaluate_object(const json::object& members, const Scope& scope) {
  json::object out;
  for (const auto& [key, member] : members) {
    XL_TRY(out[key], evaluate_tree(member, scope));
  }
  return json::value(std::move(out));
}

}  // namespace

bool is_function(const json::value& value) {
  return value.is_object() && value.get_object().size() == 1 && is_function_name(value.get_object().begin()->key());
}

Result<json::value> evaluate_tree(const json::value& value, const Scope& scope) {
  if (is_function(value)) {
    XL_TRY(const std::string text, evaluate_text(value, scope));
    return json::value(text);
  }
  if (value.is_array()) return evaluate_array(value.get_array(), scope);
  if (value.is_object()) return evaluate_object(value.get_object(), scope);
  return value;
}

Result<std::string> evaluate_text(const json::value& value, const Scope& scope) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool() || value.is_int64()) return json::serialize(value);
  if (!value.is_object() || value.get_object().size() != 1) return fail(broken("a text or one function was expected."));
  const auto& call = *value.get_object().begin();
  for (const auto& [name, function] : kFunctions) {
    if (call.key() == name) return function(call.value(), scope);
  }
  return fail(broken("unknown function " + std::string(call.key()) + "."));
}

}  // namespace xl::cloud::provisioning
