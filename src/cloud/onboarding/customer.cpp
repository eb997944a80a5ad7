// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/customer.hpp"

#include "cloud/provisioning/enact.hpp"
#include "cloud/provisioning/rehearsal.hpp"

namespace xl::cloud::onboarding {
namespace {

/// For accounts that have said nothing else: the module may connect under its own name and use what begins with it,
/// and its reserved topics.
constexpr std::string_view kBuiltInTemplate = R"json({
 "Parameters": {"AWS::IoT::Certificate::Id": {"Type": "String"},
                "AWS::IoT::Certificate::SerialNumber": {"Type": "String"}},
 "Resources": {
  "thing": {"Type": "AWS::IoT::Thing",
            "Properties": {"ThingName": {"Ref": "AWS::IoT::Certificate::SerialNumber"}},
            "OverrideSettings": {"AttributePayload": "MERGE", "ThingTypeName": "DO_NOTHING",
                                 "ThingGroups": "DO_NOTHING"}},
  "certificate": {"Type": "AWS::IoT::Certificate",
                  "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "ACTIVE"}},
  "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": [
   {"Effect": "Allow", "Action": "iot:Connect",
    "Resource": "arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
   {"Effect": "Allow", "Action": ["iot:Publish", "iot:Receive", "iot:RetainPublish"],
    "Resource": ["arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}/*",
                 "arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/*"]},
   {"Effect": "Allow", "Action": "iot:Subscribe",
    "Resource": ["arn:aws:iot:*:*:topicfilter/${iot:Connection.Thing.ThingName}/*",
                 "arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/*"]}]}}}}})json";

/// The template that the claim names, else that of the CA that issued the certificate, else the built-in one.
Result<std::string> template_for(const Registry& registry, const Account& customer,
                                 const std::optional<std::string>& ca_id, std::string_view template_name) {
  if (!template_name.empty()) {
    auto found = registry.templates().find(customer.id, template_name);
    if (!found && found.error().code == Errc::not_found) {
      return fail(Error::forbidden("provisioning template " + std::string(template_name) +
                                   " does not exist in the account; create it with CreateProvisioningTemplate"));
    }
    XL_CHECK(found);
    if (found->enabled) return found->body;
    return fail(Error::forbidden("provisioning template " + found->name + " is disabled"));
  }
  if (!ca_id) return std::string(kBuiltInTemplate);
  const auto ca = registry.ca_certificates().find(customer.id, *ca_id);
  if (!ca && ca.error().code != Errc::not_found) return fail(ca.error());
  if (!ca) return std::string(kBuiltInTemplate);
  if (!ca->template_body.empty()) return ca->template_body;
  if (!ca->template_name.empty()) return template_for(registry, customer, std::nullopt, ca->template_name);
  return std::string(kBuiltInTemplate);
}

/// The module's certificate as its vendor has it; an owner who calls it back may be the only one who still does.
Result<Certificate> known_certificate(const Registry& registry, const Account& customer, const Claim& claim) {
  auto staged = registry.certificates().find(claim.vendor_account, claim.fingerprint);
  if (staged || staged.error().code != Errc::not_found) return staged;
  auto own = registry.certificates().find(customer.id, claim.fingerprint);
  if (own || own.error().code != Errc::not_found) return own;
  return fail(
      Error::forbidden("neither the account nor the module's vendor has its certificate any longer (a restore "
                       "may have lost it): offboard thing " +
                       claim.thing_name + ", let the module connect to staging, and claim it again"));
}

/// As the vendor has it, in the customer's account.
Status register_certificate(Registry& registry, const Account& customer, Certificate certificate, UnixMillis now) {
  const auto known = registry.certificates().find(customer.id, certificate.id);
  if (!known && known.error().code != Errc::not_found) return fail(known.error());
  if (known && known->status == CertificateStatus::active) return {};
  if (known && (known->status == CertificateStatus::revoked || known->status == CertificateStatus::pending_transfer)) {
    return fail(Error::forbidden("the module's certificate " + certificate.id +
                                 " is registered in the account as REVOKED or is being transferred; delete it there or "
                                 "end the transfer"));
  }
  if (known) return registry.certificates().set_status(customer.id, certificate.id, CertificateStatus::active, now);
  certificate.account_id = customer.id;
  certificate.status = CertificateStatus::active;
  certificate.mode = CertificateMode::sni_only;
  certificate.created = certificate.modified = now;
  if (certificate.ca_certificate_id && !registry.ca_certificates().find(customer.id, *certificate.ca_certificate_id))
    certificate.ca_certificate_id.reset();
  return registry.certificates().insert(certificate);
}

Status refuse_rival(const Registry& registry, const Account& customer, std::string_view thing_name,
                    std::string_view fingerprint) {
  XL_TRY(const auto rival, provisioning::rival_of(registry, customer, fingerprint, thing_name));
  if (!rival) return {};
  return fail(Error::forbidden("thing " + std::string(thing_name) + " of the account belongs to certificate " + *rival +
                               "; detach that first (DetachThingPrincipal)"));
}

/// The module's first act with the policies that it has now.
Status try_connect(const Registry& registry, const Settings& settings, const Account& customer,
                   const DeviceCertificate& device, const Claim& claim, UnixMillis now) {
  XL_TRY(const auto principal, provisioning::admit_known(registry, customer, claim.fingerprint, now));
  XL_TRY(const auto decision, provisioning::decide_connect(principal, settings.region, device, claim.thing_name));
  if (decision.allowed()) return {};
  return fail(Error::forbidden(provisioning::refusal_text(decision, customer.id, settings.region, claim.thing_name)));
}

}  // namespace

Status prepare(Registry& registry, const Settings& settings, const Account& customer, const Claim& claim,
               std::string_view template_name, UnixMillis now) {
  XL_TRY(const Certificate staged, known_certificate(registry, customer, claim));
  XL_TRY(const DeviceCertificate device, settings.read_certificate(staged.pem));
  XL_TRY(const std::string body, template_for(registry, customer, staged.ca_certificate_id, template_name));
  XL_TRY(const provisioning::Plan plan, provisioning::fill_template(body, provisioning::jitp_parameters(device)));
  if (!plan.activate) {
    return fail(
        Error::forbidden("the template registers certificates INACTIVE; a module that is claimed must be ACTIVE"));
  }
  XL_CHECK(refuse_rival(registry, customer, plan.thing_name, claim.fingerprint));
  XL_CHECK(registry.tombstones().remove(customer.id, claim.fingerprint));
  XL_CHECK(register_certificate(registry, customer, staged, now));
  XL_CHECK(provisioning::make_thing(registry, customer, device, plan, now));
  for (const auto& policy : plan.policies)
    XL_CHECK(provisioning::make_policy(registry, customer, claim.fingerprint, policy, now));
  return try_connect(registry, settings, customer, device, claim, now);
}

}  // namespace xl::cloud::onboarding
