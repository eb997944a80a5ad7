// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/rehearsal.hpp"

#include <optional>

#include "cloud/ports/if_found.hpp"
#include "cloud/provisioning/admission.hpp"
#include "cloud/provisioning/enact.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "cloud/provisioning/variables.hpp"

namespace xl::cloud::provisioning {
namespace {

std::string client_arn(const Account& account, std::string_view region, std::string_view client_id) {
  return "arn:aws:iot:" + std::string(region) + ":" + account.id + ":client/" + std::string(client_id);
}

/// The certificate as the template would leave it; one that the account knows keeps the status that it has, as when it
/// connects.
Status register_certificate(Registry& registry, const Account& account, const DeviceCertificate& device,
                            CertificateStatus status, UnixMillis now) {
  XL_TRY(const auto known, if_found(registry.certificates().find(account.id, device.id)));
  if (known && known->status != CertificateStatus::pending_activation) return {};
  if (known) return registry.certificates().set_status(account.id, device.id, status, now);
  Certificate certificate;
  certificate.account_id = account.id;
  certificate.id = device.id;
  certificate.pem = device.pem;
  certificate.status = status;
  certificate.mode = CertificateMode::sni_only;
  certificate.not_before = device.not_before;
  certificate.not_after = device.not_after;
  certificate.created = certificate.modified = now;
  return registry.certificates().insert(certificate);
}

Status refuse_rival(const Registry& registry, const Account& account, const DeviceCertificate& device,
                    const Plan& plan) {
  XL_TRY(const auto principals, registry.things().principals_of(account.id, plan.thing_name));
  for (const std::string& principal : principals) {
    if (principal == device.id) continue;
    return fail(
        Error::forbidden("duplicate_uid: thing " + plan.thing_name + " belongs to " + short_name_of(principal)));
  }
  return {};
}

/// errors: forbidden, invalid_argument: why the module would be refused
Status play(Registry& registry, const Account& account, std::string_view region, const ProvisioningTemplate& given,
            const DeviceCertificate& device, const std::map<std::string, std::string>& parameters, UnixMillis now,
            Rehearsal& out) {
  if (!given.enabled) return fail(Error::forbidden("provisioning template " + given.name + " is disabled"));
  XL_TRY(out.plan, fill_template(given.body, parameters));
  XL_CHECK(refuse_rival(registry, account, device, out.plan));
  XL_CHECK(register_certificate(registry, account, device,
                                out.plan.activate ? CertificateStatus::active : CertificateStatus::inactive, now));
  XL_CHECK(make_thing(registry, account, device, out.plan, now));
  for (const Plan::PolicyPlan& policy : out.plan.policies)
    XL_CHECK(make_policy(registry, account, device.id, policy, now));
  XL_TRY(const auto decision, decide_connect(registry, account, region, device, out.plan.thing_name, now));
  out.decision = decision.statement;
  if (!decision.allowed()) return fail(Error::forbidden(refusal_text(decision, account, region, out.plan.thing_name)));
  return {};
}

}  // namespace

Result<policy::Decision> decide_connect(const Registry& registry, const Account& account, std::string_view region,
                                        const DeviceCertificate& device, const std::string& client_id, UnixMillis now) {
  XL_TRY(const auto principal, admit_known(registry, account, device.id, now));
  policy::PolicySet policies;
  for (const Policy& attached : principal.policies) {
    XL_TRY(auto document, policy::Document::parse(attached.name, attached.document));
    policies.add(std::move(document));
  }
  const auto thing = thing_of(principal, client_id);
  const std::string resource = client_arn(account, region, client_id);
  return policies.evaluate({"iot:Connect", resource}, [&](std::string_view name) -> std::optional<std::string> {
    if (name == "iot:ClientId") return client_id;
    if (name == "iot:CertificateId") return principal.certificate_id;
    if (name == "iot:Connection.Thing.IsAttached") return thing ? "true" : "false";
    if (const auto attribute = subject_attribute_of(name)) return device.subject_attribute(std::string(*attribute));
    return thing_variable(thing.get(), name);
  });
}

std::string refusal_text(const policy::Decision& decision, const Account& account, std::string_view region,
                         std::string_view client_id) {
  return "the module could not connect: iot:Connect on " + client_arn(account, region, client_id) + ": " +
         (decision.statement.empty() ? "no statement of the module's policies allows it"
                                     : "denied by " + decision.statement);
}

Result<Rehearsal> rehearse_template(Registry& registry, const Account& account, std::string_view region,
                                    std::string_view template_name, const DeviceCertificate& device,
                                    std::map<std::string, std::string> parameters, UnixMillis now) {
  XL_TRY(const auto given, registry.templates().find(account.id, template_name));
  parameters.merge(jitp_parameters(device));
  Rehearsal out;
  std::optional<Status> played;
  const Status undone = registry.attempt([&]() -> Status {
    played = play(registry, account, region, given, device, parameters, now, out);
    return fail(Error::conflict("a rehearsal changes nothing"));
  });
  if (!played) return fail(undone.error());
  if (*played) return out;
  const Error& error = played->error();
  if (error.code != Errc::forbidden && error.code != Errc::invalid_argument) return fail(error);
  out.reason = error.detail;
  return out;
}

}  // namespace xl::cloud::provisioning
