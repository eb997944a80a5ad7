// SPDX-License-Identifier: Apache-2.0
// Private to policy/: a parsed document.
#pragma once
#include <string>
#include <vector>

#include "cloud/policy/condition.hpp"
#include "cloud/policy/pattern.hpp"

namespace xl::cloud::policy {

struct Statement {
  bool deny = false;
  std::vector<Pattern> actions;
  std::vector<Pattern> resources;
  std::vector<Condition> conditions;  ///< all must hold
};

struct Document::Rules {
  std::string name;
  std::vector<Statement> statements;
};

}  // namespace xl::cloud::policy
