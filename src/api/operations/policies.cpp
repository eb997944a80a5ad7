// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "api/operations/handlers.hpp"
#include "api/paging.hpp"

namespace xl::api {
namespace {

/// The certificate that a policy target ARN of this account names. errors: InvalidRequestException,
/// ResourceNotFoundException
tl::expected<std::string, Fault> certificate_of(const Request& request, const std::string& target) {
  const std::string prefix = request.arn("cert/");
  if (target.starts_with(prefix)) return to_lower(target.substr(prefix.size()));
  if (!target.starts_with("arn:")) {
    return fail(exceptions::kInvalidRequest,
                "The target " + target + " is not an ARN such as " + prefix + "CERTIFICATE_ID.");
  }
  return fail(exceptions::kResourceNotFound, "The target " + target + " does not exist in this account.");
}

}  // namespace

Outcome get_policy(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "policyName", rules::kPolicyName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto policy, registry.policies().find(request.account.id, name));
  return Reply{{"policyName", policy.name},
               {"policyArn", request.arn("policy/" + policy.name)},
               {"policyDocument", policy.document},
               {"defaultVersionId", policy.default_version},
               {"creationDate", timestamp(policy.created)},
               {"lastModifiedDate", timestamp(policy.modified)}};
}

Outcome list_attached_policies(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const auto page, page_request(request, kMarkers));
  XL_TRY(const std::string id, certificate_of(request, find_parameter(request.labels, "target").value_or("")));
  XL_TRY(const auto certificate, registry.certificates().find(request.account.id, id));
  XL_TRY(auto attached, registry.policies().attached_to(request.account.id, certificate.id));
  std::ranges::sort(attached, {}, &cloud::Policy::name);
  auto next = std::ranges::upper_bound(attached, page.after, {}, &cloud::Policy::name);
  boost::json::array policies;
  std::string last;
  for (; next != attached.end() && policies.size() < page.limit; ++next) {
    policies.push_back(Reply{{"policyName", next->name}, {"policyArn", request.arn("policy/" + next->name)}});
    last = next->name;
  }
  Reply reply{{"policies", std::move(policies)}};
  if (next != attached.end()) add_next(reply, kMarkers, last);
  return reply;
}

}  // namespace xl::api
