// SPDX-License-Identifier: Apache-2.0
#include "cloud/policy/condition.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "cloud/policy/ip_range.hpp"

namespace xl::cloud::policy {
namespace {

namespace json = boost::json;

struct Operator {
  std::string_view name;
  Condition::Test test;
  bool negated = false;
  bool fold_case = false;
  bool wildcards = false;
};

constexpr std::array kOperators{
    Operator{"StringEquals", Condition::Test::string},
    Operator{"StringNotEquals", Condition::Test::string, true},
    Operator{"StringEqualsIgnoreCase", Condition::Test::string, false, true},
    Operator{"StringNotEqualsIgnoreCase", Condition::Test::string, true, true},
    Operator{"StringLike", Condition::Test::string, false, false, true},
    Operator{"StringNotLike", Condition::Test::string, true, false, true},
    Operator{"Bool", Condition::Test::boolean, false, true},
    Operator{"IpAddress", Condition::Test::ip_address},
    Operator{"NotIpAddress", Condition::Test::ip_address, true},
};

constexpr std::size_t kValuesOfOneKeyMax = 5;

/// A key with several values has them under "key", "key.1", "key.2" …
std::vector<std::string> values_of(std::string_view key, const Variables& variables) {
  if (key.ends_with(".List")) key.remove_suffix(5);
  std::vector<std::string> out;
  if (!variables) return out;
  for (std::size_t i = 0; i < kValuesOfOneKeyMax; ++i) {
    const auto value = variables(i == 0 ? std::string(key) : std::string(key) + "." + std::to_string(i));
    if (!value) break;
    out.push_back(*value);
  }
  return out;
}

/// The text of a compiled value without wildcards; nullopt when a variable in it has no value.
std::optional<std::string> text_of(const Pattern& pattern, const Variables& variables) {
  const auto symbols = pattern.resolve(variables, false);
  if (!symbols) return std::nullopt;
  std::string text;
  for (const Symbol symbol : *symbols) text.push_back(static_cast<char>(symbol));
  return text;
}

bool matches_value(const Condition& condition, const Pattern& wanted, const std::string& actual,
                   const Variables& variables) {
  if (condition.test != Condition::Test::ip_address)
    return wanted.matches(condition.fold_case ? folded(actual) : actual, variables);
  const auto range = text_of(wanted, variables);
  return range && is_in_range(actual, *range);
}

bool matches_any_value(const Condition& condition, const std::string& actual, const Variables& variables) {
  const bool found = std::ranges::any_of(
      condition.values, [&](const Pattern& wanted) { return matches_value(condition, wanted, actual, variables); });
  return found != condition.negated;
}

/// Splits "ForAllValues:StringEqualsIfExists" and fills in what the parts mean. errors: invalid_argument
Result<const Operator*> read_operator(std::string_view text, Condition& condition) {
  std::string_view name = text;
  if (name.starts_with("ForAllValues:")) {
    condition.quantifier = Condition::Quantifier::for_all_values;
    name.remove_prefix(13);
  } else if (name.starts_with("ForAnyValue:")) {
    condition.quantifier = Condition::Quantifier::for_any_value;
    name.remove_prefix(12);
  }
  if (name.ends_with("IfExists")) {
    condition.if_exists = true;
    name.remove_suffix(8);
  }
  const auto found = std::ranges::find(kOperators, name, &Operator::name);
  if (found == kOperators.end())
    return fail(Error::invalid("the condition operator \"" + std::string(text) + "\" is not supported"));
  condition.test = found->test;
  condition.negated = found->negated;
  condition.fold_case = found->fold_case;
  return &*found;
}

Result<std::string> scalar_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  return fail(Error::invalid("a condition value must be a string"));
}

Status add_value(Condition& condition, const json::value& value, const Pattern::Syntax& syntax) {
  XL_TRY(const std::string text, scalar_text(value));
  if (condition.test == Condition::Test::ip_address && text.find("${") == std::string::npos && !is_range(text))
    return fail(Error::invalid("\"" + text + "\" is not an IP address or range such as 192.0.2.0/24"));
  XL_TRY(Pattern pattern, Pattern::compile(text, syntax));
  condition.values.push_back(std::move(pattern));
  return {};
}

Result<Condition> parse_condition(std::string_view operator_text, std::string_view key, const json::value& values,
                                  bool variables) {
  Condition condition;
  condition.key = key;
  XL_TRY(const Operator* op, read_operator(operator_text, condition));
  const Pattern::Syntax syntax{.wildcards = op->wildcards, .variables = variables, .fold_case = op->fold_case};
  if (!values.is_array()) {
    XL_CHECK(add_value(condition, values, syntax));
    return condition;
  }
  for (const json::value& value : values.get_array()) XL_CHECK(add_value(condition, value, syntax));
  return condition;
}

}  // namespace

bool Condition::holds(const Variables& variables) const {
  const std::vector<std::string> actual = values_of(key, variables);
  const auto matches = [&](const std::string& value) { return matches_any_value(*this, value, variables); };
  if (actual.empty() && if_exists) return true;
  switch (quantifier) {
    case Quantifier::for_all_values:
      return std::ranges::all_of(actual, matches);
    case Quantifier::for_any_value:
      return std::ranges::any_of(actual, matches);
    case Quantifier::one:
      break;
  }
  return actual.empty() ? negated : matches(actual.front());
}

Result<std::vector<Condition>> parse_conditions(const json::value& value, bool variables) {
  if (!value.is_object()) return fail(Error::invalid("Condition must be an object"));
  std::vector<Condition> out;
  for (const auto& [operator_text, keys] : value.get_object()) {
    if (!keys.is_object())
      return fail(Error::invalid("the condition \"" + std::string(operator_text) + "\" must hold an object of keys"));
    for (const auto& [key, values] : keys.get_object()) {
      XL_TRY(Condition condition, parse_condition(operator_text, key, values, variables));
      out.push_back(std::move(condition));
    }
  }
  return out;
}

}  // namespace xl::cloud::policy
