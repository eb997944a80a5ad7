// SPDX-License-Identifier: Apache-2.0
// Private to policy/: the Condition element of a statement.
// source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators"
#pragma once
#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "cloud/policy/pattern.hpp"

namespace xl::cloud::policy {

/// One operator on one key, for example ForAllValues:StringEquals on iot:ConnectAttributes.
struct Condition {
  enum class Test { string, boolean, ip_address };
  enum class Quantifier { one, for_all_values, for_any_value };
  Test test = Test::string;
  Quantifier quantifier = Quantifier::one;
  bool negated = false;
  bool fold_case = false;
  bool if_exists = false;
  std::string key;              ///< "iot:ClientId"
  std::vector<Pattern> values;  ///< one must match; negated: none may

  bool holds(const Variables& variables) const;
};

/// errors: invalid_argument: names the operator that is not supported, so that no condition is ever ignored
Result<std::vector<Condition>> parse_conditions(const boost::json::value& json, bool variables);

}  // namespace xl::cloud::policy
