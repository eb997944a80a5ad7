// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/fleet.hpp"

#include "cloud/provisioning/enact.hpp"
#include "cloud/provisioning/template.hpp"

namespace xl::cloud::provisioning {
namespace {

Result<ProvisioningTemplate> usable_template(const Registry& registry, const Account& account, std::string_view name) {
  auto found = registry.templates().find(account.id, name);
  if (!found && found.error().code == Errc::not_found)
    return fail(Error::not_found("The provisioning template", std::string(name)));
  XL_CHECK(found);
  if (found->type != TemplateType::fleet_provisioning)
    return fail(Error::forbidden("The provisioning template " + found->name + " is not of type FLEET_PROVISIONING."));
  if (!found->enabled) return fail(Error::forbidden("The provisioning template " + found->name + " is not enabled."));
  return found;
}

/// A token is spent with its certificate's activation.
Status check_awaits_activation(const Registry& registry, const Account& account, std::string_view certificate_id) {
  const auto certificate = registry.certificates().find(account.id, certificate_id);
  if (!certificate && certificate.error().code != Errc::not_found) return fail(certificate.error());
  if (certificate && certificate->status == CertificateStatus::pending_activation) return {};
  return fail(Error::conflict("certificateOwnershipToken has been used, or its certificate is gone."));
}

}  // namespace

Result<Provisioned> provision_by_claim(Registry& registry, const Account& account, std::string_view template_name,
                                       std::string_view certificate_id, std::map<std::string, std::string> parameters,
                                       UnixMillis now) {
  XL_CHECK(check_awaits_activation(registry, account, certificate_id));
  XL_TRY(const ProvisioningTemplate found, usable_template(registry, account, template_name));
  parameters["AWS::IoT::Certificate::Id"] = certificate_id;  // whatever the device says
  XL_TRY(const Plan plan, fill_template(found.body, parameters));
  if (!plan.certificate.id.empty() && plan.certificate.id != certificate_id)
    return fail(Error::forbidden("The template names another certificate than the device's."));
  DeviceCertificate device;
  device.id = certificate_id;
  XL_CHECK(make_thing(registry, account, device, plan, now));
  for (const Plan::PolicyPlan& policy : plan.policies) XL_CHECK(make_policy(registry, account, device.id, policy, now));
  XL_CHECK(registry.certificates().set_status(
      account.id, device.id, plan.activate ? CertificateStatus::active : CertificateStatus::inactive, now));
  return Provisioned{plan.thing_name, plan.device_configuration};
}

Policy claim_policy(const std::string& account_id, const std::string& template_name) {
  const auto resources = [&](const std::string& kind) {
    const std::string arn = "\"arn:aws:iot:*:" + account_id + ":" + kind + "/$aws/";
    return "[" + arn + "certificates/create/*\"," + arn + "certificates/create-from-csr/*\"," + arn +
           "provisioning-templates/" + template_name + "/provision/*\"]";
  };
  Policy policy;
  policy.account_id = account_id;
  policy.name = "provisioning claim";
  policy.document = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"*"},)"
                    R"({"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":)" +
                    resources("topic") + R"(},{"Effect":"Allow","Action":"iot:Subscribe","Resource":)" +
                    resources("topicfilter") + "}]}";
  return policy;
}

}  // namespace xl::cloud::provisioning
