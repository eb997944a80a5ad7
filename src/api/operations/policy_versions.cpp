// SPDX-License-Identifier: Apache-2.0
// A policy's versions; the default one is what counts. source: AWS IoT API Reference, CreatePolicyVersion and its
// family
#include "api/operations/handlers.hpp"
#include "api/operations/in_the_way.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/policy_forms.hpp"
#include "api/paging.hpp"
#include "cloud/rules/account_rules.hpp"

namespace xl::api {
namespace {

struct VersionName {
  std::string account;
  std::string policy;
  std::string version;
};

tl::expected<VersionName, Fault> version_name(const Request& request) {
  Constraints constraints;
  VersionName name{request.account.id, constraints.label(request, "policyName", rules::kPolicyName),
                   constraints.label(request, "policyVersionId", rules::kPolicyVersionId)};
  XL_CHECK(constraints.result());
  name.version = std::to_string(std::stoll(name.version));  // "01" is 1
  return name;
}

Outcome create_in(cloud::Registry& registry, const Request& request, const VersionName& name,
                  const std::string& document, bool as_default) {
  auto& policies = registry.policies();
  XL_TRY(const auto policy, policies.find(name.account, name.policy));
  XL_TRY(const auto versions, policies.versions(name.account, name.policy));
  XL_TRY(const auto limits, registry.accounts().limits(name.account));
  if (!limits.allow(cloud::limits::Limit::versions_per_policy, versions.size() + 1)) {
    return fail(exceptions::kVersionsLimitExceeded, "The policy " + name.policy +
                                                        " already has the maximum number of versions (" +
                                                        std::to_string(versions.size()) + ")");
  }
  XL_CHECK(within(cloud::rules::check_policy_length(registry, name.account, document), exceptions::kMalformedPolicy));
  XL_TRY(const std::string version, policies.add_version(name.account, name.policy, document, request.now));
  if (as_default) XL_CHECK(policies.set_default(name.account, name.policy, version, request.now));
  return Reply{{"policyArn", request.arn("policy/" + name.policy)},
               {"policyDocument", document},
               {"policyVersionId", version},
               {"isDefaultVersion", as_default}};
}

Outcome delete_in(cloud::Registry& registry, const VersionName& name) {
  XL_TRY(const auto policy, registry.policies().find(name.account, name.policy));
  if (policy.default_version == name.version) {
    XL_TRY(auto others, registry.policies().versions(name.account, name.policy));
    std::erase_if(others, [&](const auto& version) { return version.id == name.version; });
    return fail(
        exceptions::kDeleteConflict,
        "Cannot delete the default version of a policy. " +
            (others.empty() ? "It is the only one of policy " + name.policy + "; delete the policy (DeletePolicy)."
                            : "Make another version of policy " + name.policy +
                                  " the default first (SetDefaultPolicyVersion): version " +
                                  named(names_of(others, &cloud::PolicyVersion::id)) + "."));
  }
  XL_CHECK(registry.policies().remove_version(name.account, name.policy, name.version));
  return Reply{};
}

}  // namespace

tl::expected<Change, Fault> create_policy_version(const Request& request, const Site&) {
  Constraints constraints;
  const VersionName name{request.account.id, constraints.label(request, "policyName", rules::kPolicyName), ""};
  const std::string document = constraints.required_text(request.body, "policyDocument", rules::kPolicyDocument);
  const bool as_default = constraints.query_flag(request, "setAsDefault").value_or(false);
  XL_CHECK(constraints.result());
  XL_CHECK(check_policy_document(name.policy, document));
  return [request, name, document, as_default](cloud::Registry& registry) {
    return create_in(registry, request, name, document, as_default);
  };
}

Outcome get_policy_version(const Request& request, const cloud::Registry& registry, const Site&) {
  XL_TRY(const VersionName name, version_name(request));
  XL_TRY(const auto policy, registry.policies().find(name.account, name.policy));
  XL_TRY(const auto versions, registry.policies().versions(name.account, name.policy));
  const auto found = std::ranges::find(versions, name.version, &cloud::PolicyVersion::id);
  if (found == versions.end()) return fail(Fault(Error::not_found("Policy version", name.version)));
  return Reply{{"policyArn", request.arn("policy/" + policy.name)},
               {"policyName", policy.name},
               {"policyDocument", found->document},
               {"policyVersionId", found->id},
               {"isDefaultVersion", found->id == policy.default_version},
               {"generationId", generation_id(request.arn("policy/" + policy.name + "/" + found->id), found->created)},
               {"creationDate", timestamp(found->created)},
               {"lastModifiedDate", timestamp(found->created)}};
}

Outcome list_policy_versions(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "policyName", rules::kPolicyName);
  XL_CHECK(constraints.result());
  XL_TRY(const auto policy, registry.policies().find(request.account.id, name));
  XL_TRY(const auto versions, registry.policies().versions(request.account.id, name));
  boost::json::array items;
  for (const auto& version : versions) {
    items.push_back(Reply{{"versionId", version.id},
                          {"isDefaultVersion", version.id == policy.default_version},
                          {"createDate", timestamp(version.created)}});
  }
  return Reply{{"policyVersions", std::move(items)}};
}

tl::expected<Change, Fault> set_default_policy_version(const Request& request, const Site&) {
  XL_TRY(const VersionName name, version_name(request));
  return [name, now = request.now](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto policy, registry.policies().find(name.account, name.policy));
    XL_CHECK(registry.policies().set_default(name.account, name.policy, name.version, now));
    return Reply{};
  };
}

tl::expected<Change, Fault> delete_policy_version(const Request& request, const Site&) {
  XL_TRY(const VersionName name, version_name(request));
  return [name](cloud::Registry& registry) { return delete_in(registry, name); };
}

}  // namespace xl::api
