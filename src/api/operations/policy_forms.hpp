// SPDX-License-Identifier: Apache-2.0
// What the policy operations share.
#pragma once
#include "api/constraints.hpp"
#include "api/reply.hpp"
#include "cloud/model/policy.hpp"
#include "cloud/policy/policy.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::api {

inline Reply policy_summary(const Request& request, const cloud::Policy& policy) {
  return {{"policyName", policy.name}, {"policyArn", request.arn("policy/" + policy.name)}};
}

/// errors: MalformedPolicyException, with the statement and what is wrong with it
inline tl::expected<void, Fault> check_policy_document(const std::string& name, const std::string& document) {
  const auto parsed = cloud::policy::Document::parse(name, document);
  if (!parsed) return fail(exceptions::kMalformedPolicy, parsed.error().detail);
  return {};
}

/// The policies of a thing group and of the groups above it, each once.
Result<std::vector<cloud::Policy>> policies_of_group(const cloud::Registry& registry, const std::string& account,
                                                     const std::string& group);

}  // namespace xl::api
