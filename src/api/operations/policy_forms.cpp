// SPDX-License-Identifier: Apache-2.0
#include "api/operations/policy_forms.hpp"

#include <algorithm>

namespace xl::api {

Result<std::vector<cloud::Policy>> policies_of_group(const cloud::Registry& registry, const std::string& account,
                                                     const std::string& group) {
  XL_TRY(auto policies, registry.policies().attached_to_group(account, group));
  XL_TRY(const auto line, registry.thing_groups().ancestors(account, group));
  for (const auto& above : line) {
    XL_TRY(const auto more, registry.policies().attached_to_group(account, above.name));
    for (const auto& policy : more) {
      if (std::ranges::find(policies, policy.name, &cloud::Policy::name) == policies.end()) policies.push_back(policy);
    }
  }
  return policies;
}

}  // namespace xl::api
