// SPDX-License-Identifier: Apache-2.0
// Policies as a whole. source: AWS IoT API Reference, CreatePolicy and its family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/policy_forms.hpp"
#include "api/operations/tag_forms.hpp"
#include "api/paging.hpp"
#include "cloud/rules/account_rules.hpp"

namespace xl::api {
namespace {

Outcome create_in(cloud::Registry& registry, const cloud::Policy& policy, const std::string& arn, const TagMap& tags) {
  if (registry.policies().find(policy.account_id, policy.name)) {
    return fail(Fault(exceptions::kResourceAlreadyExists,
                      "Policy cannot be created - name already exists (name=" + policy.name + ")",
                      {{"resourceId", policy.name}, {"resourceArn", arn}}));
  }
  XL_CHECK(within(cloud::rules::check_policy_length(registry, policy.account_id, policy.document),
                  exceptions::kMalformedPolicy));
  XL_CHECK(registry.policies().insert(policy));
  XL_CHECK(put_tags(registry, policy.account_id, arn, tags));
  return Reply{{"policyName", policy.name},
               {"policyArn", arn},
               {"policyDocument", policy.document},
               {"policyVersionId", policy.default_version}};
}

Outcome delete_in(cloud::Registry& registry, const std::string& account, const std::string& name,
                  const std::string& arn) {
  XL_TRY(const auto policy, registry.policies().find(account, name));
  XL_TRY(const auto targets, registry.policies().targets(account, name, in_the_way()));
  if (!targets.items.empty()) {
    return fail(exceptions::kDeleteConflict,
                "The policy cannot be deleted as the policy is attached to one or more principals (name=" + name +
                    "): " + named(targets.items, targets.more) + ". Detach it first (DetachPolicy).");
  }
  XL_TRY(auto versions, registry.policies().versions(account, name));
  std::erase_if(versions, [&](const auto& version) { return version.id == policy.default_version; });
  if (!versions.empty()) {
    return fail(exceptions::kDeleteConflict,
                "Cannot delete the policy because it has one or more policy versions attached to it (name=" + name +
                    "): version " + named(names_of(versions, &cloud::PolicyVersion::id)) +
                    ". Delete them first (DeletePolicyVersion).");
  }
  XL_CHECK(registry.policies().remove(account, name));
  XL_CHECK(registry.tags().remove_all(arn));
  return Reply{};
}

}  // namespace

tl::expected<Change, Fault> create_policy(const Request& request, const Site&) {
  Constraints constraints;
  cloud::Policy policy;
  policy.account_id = request.account.id;
  policy.name = constraints.label(request, "policyName", rules::kPolicyName);
  policy.document = constraints.required_text(request.body, "policyDocument", rules::kPolicyDocument);
  policy.created = policy.modified = request.now;
  const TagMap tags = tags_of(constraints, request.body);
  XL_CHECK(constraints.result());
  XL_CHECK(check_policy_document(policy.name, policy.document));
  return [policy, tags, arn = request.arn("policy/" + policy.name)](cloud::Registry& registry) {
    return create_in(registry, policy, arn, tags);
  };
}

Outcome get_policy(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "policyName", rules::kPolicyName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto policy, registry.policies().find(request.account.id, name));
  return Reply{{"policyName", policy.name},
               {"policyArn", request.arn("policy/" + policy.name)},
               {"policyDocument", policy.document},
               {"defaultVersionId", policy.default_version},
               {"generationId", generation_id(request.arn("policy/" + policy.name), policy.created)},
               {"creationDate", timestamp(policy.created)},
               {"lastModifiedDate", timestamp(policy.modified)}};
}

Outcome list_policies(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const auto page = ordered_page_request(constraints, request, kMarkers);
  XL_CHECK(constraints.result());
  XL_TRY(const auto found, registry.policies().list(request.account.id, page));
  return listing(
      "policies", kMarkers, found, [&](const auto& policy) { return policy_summary(request, policy); },
      [&](const auto& policy) { return place_in(page, policy.created, policy.name); });
}

tl::expected<Change, Fault> delete_policy(const Request& request, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "policyName", rules::kPolicyName);
  XL_CHECK(constraints.result());
  return [account = request.account.id, name, arn = request.arn("policy/" + name)](cloud::Registry& registry) {
    return delete_in(registry, account, name, arn);
  };
}

}  // namespace xl::api
