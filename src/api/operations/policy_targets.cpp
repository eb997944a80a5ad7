// SPDX-License-Identifier: Apache-2.0
// Who has which policy. The *PrincipalPolicy operations are the older names: the target travels in a header.
// source: AWS IoT API Reference, AttachPolicy, AttachPrincipalPolicy and their families
#include "api/operations/handlers.hpp"
#include "api/operations/limit_forms.hpp"
#include "api/operations/policy_forms.hpp"
#include "api/paging.hpp"
#include "api/principal.hpp"
#include "cloud/rules/account_rules.hpp"

namespace xl::api {
namespace {

struct Attachment {
  Request request;
  std::string policy;
  PolicyTarget target;
  bool is_group() const { return target.kind == PolicyTarget::Kind::thing_group; }
};

tl::expected<void, Fault> check_exists(const cloud::Registry& registry, const std::string& account,
                                       const PolicyTarget& target) {
  if (target.kind == PolicyTarget::Kind::thing_group) {
    XL_CHECK(registry.thing_groups().find(account, target.name));
  } else {
    XL_CHECK(registry.certificates().find(account, target.name));
  }
  return {};
}

Result<std::vector<cloud::Policy>> policies_of(const cloud::Registry& registry, const std::string& account,
                                               const PolicyTarget& target) {
  if (target.kind == PolicyTarget::Kind::thing_group)
    return registry.policies().attached_to_group(account, target.name);
  return registry.policies().attached_to(account, target.name);
}

/// With what comes from groups above.
Result<std::vector<cloud::Policy>> inherited_policies_of(const cloud::Registry& registry, const std::string& account,
                                                         const PolicyTarget& target) {
  if (target.kind == PolicyTarget::Kind::certificate) return registry.policies().effective_for(account, target.name);
  return policies_of_group(registry, account, target.name);
}

Outcome attach_in(cloud::Registry& registry, const Attachment& wanted) {
  const std::string& account = wanted.request.account.id;
  XL_CHECK(registry.policies().find(account, wanted.policy));
  XL_CHECK(check_exists(registry, account, wanted.target));
  if (!wanted.is_group()) XL_CHECK(check_attachable(registry, wanted.request, wanted.target.name));
  const std::string& name = wanted.target.name;
  if (wanted.is_group()) {
    XL_CHECK(within(cloud::rules::check_group_attachment(registry, account, wanted.policy, name),
                    exceptions::kLimitExceeded));
    XL_CHECK(registry.policies().attach_to_group(account, wanted.policy, name));
  } else {
    XL_CHECK(
        within(cloud::rules::check_attachment(registry, account, wanted.policy, name), exceptions::kLimitExceeded));
    XL_CHECK(registry.policies().attach(account, wanted.policy, name));
  }
  return Reply{};
}

Outcome detach_in(cloud::Registry& registry, const Attachment& unwanted) {
  const std::string& account = unwanted.request.account.id;
  XL_CHECK(registry.policies().find(account, unwanted.policy));
  XL_CHECK(check_exists(registry, account, unwanted.target));
  if (unwanted.is_group()) {
    XL_CHECK(registry.policies().detach_from_group(account, unwanted.policy, unwanted.target.name));
  } else {
    XL_CHECK(registry.policies().detach(account, unwanted.policy, unwanted.target.name));
  }
  return Reply{};
}

using Run = Outcome (*)(cloud::Registry& registry, const Attachment& attachment);

tl::expected<Change, Fault> change(const Request& request, const Constraints& constraints, const std::string& policy,
                                   const std::string& target, Run run) {
  XL_CHECK(constraints.result());
  XL_TRY(const PolicyTarget found, policy_target(request, target));
  return [attachment = Attachment{request, policy, found}, run](cloud::Registry& registry) {
    return run(registry, attachment);
  };
}

tl::expected<Change, Fault> change_target(const Request& request, Run run) {
  Constraints constraints;
  const std::string policy = constraints.label(request, "policyName", rules::kPolicyName);
  const std::string target = constraints.required_text(request.body, "target", rules::kAnyText);
  return change(request, constraints, policy, target, run);
}

constexpr std::string_view kPrincipalHeader = "x-amzn-iot-principal";

tl::expected<Change, Fault> change_principal(const Request& request, Run run) {
  Constraints constraints;
  const std::string policy = constraints.label(request, "policyName", rules::kPolicyName);
  const std::string target = constraints.header(request, kPrincipalHeader, "principal", rules::kAnyText);
  return change(request, constraints, policy, target, run);
}

Outcome list_policies_of(const Request& request, const cloud::Registry& registry, Constraints& constraints,
                         const std::string& arn) {
  const auto page = ordered_page_request(constraints, request, kMarkers);
  const bool recursive = constraints.query_flag(request, "recursive").value_or(false);
  XL_CHECK(constraints.result());
  XL_TRY(const PolicyTarget target, policy_target(request, arn));
  XL_CHECK(check_exists(registry, request.account.id, target));
  XL_TRY(auto attached, recursive ? inherited_policies_of(registry, request.account.id, target)
                                  : policies_of(registry, request.account.id, target));
  return listing(
      "policies", kMarkers, page_within(std::move(attached), page, &cloud::Policy::created, &cloud::Policy::name),
      [&](const auto& policy) { return policy_summary(request, policy); },
      [&](const auto& policy) { return place_in(page, policy.created, policy.name); });
}

Outcome list_targets(const Request& request, const cloud::Registry& registry, Constraints& constraints,
                     const std::string& policy_name, std::string_view member) {
  const auto page = page_request(constraints, request, kMarkers);
  XL_CHECK(constraints.result());
  XL_TRY(const auto policy, registry.policies().find(request.account.id, policy_name));
  XL_TRY(const auto found, registry.policies().targets(request.account.id, policy.name, page));
  return listing(
      member, kMarkers, found, [&](const auto& target) { return boost::json::string(request.arn(target)); },
      std::identity());
}

}  // namespace

tl::expected<Change, Fault> attach_policy(const Request& request, const Site&) {
  return change_target(request, &attach_in);
}
tl::expected<Change, Fault> detach_policy(const Request& request, const Site&) {
  return change_target(request, &detach_in);
}
tl::expected<Change, Fault> attach_principal_policy(const Request& request, const Site&) {
  return change_principal(request, &attach_in);
}
tl::expected<Change, Fault> detach_principal_policy(const Request& request, const Site&) {
  return change_principal(request, &detach_in);
}

Outcome list_attached_policies(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string target = constraints.label(request, "target", rules::kAnyText);
  return list_policies_of(request, registry, constraints, target);
}

Outcome list_principal_policies(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string principal = constraints.header(request, kPrincipalHeader, "principal", rules::kAnyText);
  return list_policies_of(request, registry, constraints, principal);
}

Outcome list_targets_for_policy(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.label(request, "policyName", rules::kPolicyName);
  return list_targets(request, registry, constraints, name, "targets");
}

Outcome list_policy_principals(const Request& request, const cloud::Registry& registry, const Site&) {
  Constraints constraints;
  const std::string name = constraints.header(request, "x-amzn-iot-policy", "policyName", rules::kPolicyName);
  return list_targets(request, registry, constraints, name, "principals");
}

}  // namespace xl::api
