// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cloud/policy/statement.hpp"

namespace xl::cloud::policy {
namespace {

bool is_topic_filter(std::string_view resource) { return resource.find(":topicfilter/") != std::string_view::npos; }

/// `action` in lower case.
bool applies(const Statement& statement, std::string_view action, std::string_view resource,
             const Variables& variables) {
  const auto any = [&](const std::vector<Pattern>& patterns, std::string_view text, bool in_topic_filter) {
    return std::ranges::any_of(
        patterns, [&](const Pattern& pattern) { return pattern.matches(text, variables, in_topic_filter); });
  };
  return any(statement.actions, action, false) && any(statement.resources, resource, is_topic_filter(resource)) &&
         std::ranges::all_of(statement.conditions,
                             [&](const Condition& condition) { return condition.holds(variables); });
}

std::string name_of(const std::string& policy, std::size_t index) {
  return "policy " + policy + ", statement " + std::to_string(index + 1);
}

}  // namespace

Decision PolicySet::evaluate(const Request& request, const Variables& variables) const {
  const std::string action = folded(request.action);
  Decision decision;
  for (const Document& document : documents_) {
    const auto& [name, statements] = *document.rules_;
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (!statements[i].deny && decision.allowed()) continue;
      if (!applies(statements[i], action, request.resource, variables)) continue;
      if (statements[i].deny) return {Effect::explicit_deny, name_of(name, i)};
      decision = {Effect::allow, name_of(name, i)};
    }
  }
  return decision;
}

}  // namespace xl::cloud::policy
