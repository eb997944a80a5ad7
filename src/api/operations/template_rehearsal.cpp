// SPDX-License-Identifier: Apache-2.0
// An operation of our own: what a provisioning template would make of a certificate, and why its module would be
// refused.
#include "api/operations/certificate_forms.hpp"
#include "api/operations/handlers.hpp"
#include "api/registration.hpp"
#include "cloud/provisioning/rehearsal.hpp"

namespace xl::api {
namespace {

namespace provisioning = cloud::provisioning;

Reply shown(const provisioning::Rehearsal& rehearsal) {
  const provisioning::Plan& plan = rehearsal.plan;
  Reply reply{{"allowed", rehearsal.reason.empty()}};
  if (!rehearsal.reason.empty()) reply["reason"] = rehearsal.reason;
  if (!rehearsal.decision.empty()) reply["decidedBy"] = rehearsal.decision;
  if (plan.thing_name.empty()) return reply;
  reply["thingName"] = plan.thing_name;
  if (plan.thing_type) reply["thingTypeName"] = *plan.thing_type;
  boost::json::array groups;
  for (const std::string& group : plan.thing_groups) groups.push_back(boost::json::string(group));
  reply["thingGroupNames"] = std::move(groups);
  boost::json::object attributes;
  for (const auto& [attribute, value] : plan.attributes) attributes[attribute] = value;
  reply["attributes"] = std::move(attributes);
  reply["certificateStatus"] = plan.activate ? "ACTIVE" : "INACTIVE";
  boost::json::array policies;
  for (const auto& policy : plan.policies) policies.push_back(boost::json::string(policy.name));
  reply["policyNames"] = std::move(policies);
  return reply;
}

}  // namespace

tl::expected<Change, Fault> rehearse_template(const Request& request, const Site& site) {
  Constraints constraints;
  const std::string name = constraints.label(request, "templateName", rules::kTemplateName);
  const std::string pem = constraints.required_text(request.body, "certificatePem", rules::kCertificatePem);
  const auto parameters = registration_parameters(constraints, request.body);
  XL_CHECK(constraints.result());
  XL_TRY(const auto certificate, parse_certificate(pem, "certificate"));
  return [account = request.account, region = site.options.region, name, parameters, now = request.now,
          device = cloud::DeviceCertificate::of(certificate.facts())](cloud::Registry& registry) -> Outcome {
    XL_TRY(const auto rehearsal,
           provisioning::rehearse_template(registry, account, region, name, device, parameters, now));
    return shown(rehearsal);
  };
}

}  // namespace xl::api
