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

std::string client_arn(std::string_view account_id, std::string_view region, std::string_view client_id) {
  return "arn:aws:iot:" + std::string(region) + ":" + std::string(account_id) + ":client/" + std::string(client_id);
}

/// One that the account knows keeps the status that it has, as when it connects.
Status register_planned(Registry& registry, const Account& account, const DeviceCertificate& device, const Plan& plan,
                        UnixMillis now) {
  XL_TRY(const auto known, if_found(registry.certificates().find(account.id, device.id)));
  const bool is_waiting =
      known && (known->status == CertificateStatus::pending_activation || known->status == CertificateStatus::dormant);
  if (known && !is_waiting) return {};
  const auto status = plan.activate ? CertificateStatus::active : CertificateStatus::inactive;
  return register_certificate(registry, account, device, nullptr, status, known.has_value(), now);
}

/// Status, dates, things and policies; not whose the module is: a certificate is no secret, and whoever has one must
/// not learn from it who has claimed the module.
Result<Principal> principal_of(const Registry& registry, const Account& account, const DeviceCertificate& device,
                               UnixMillis now) {
  XL_TRY(const Certificate certificate, registry.certificates().find(account.id, device.id));
  XL_CHECK(check_certificate(certificate, now));
  Principal principal;
  principal.account_id = account.id;
  principal.certificate_id = device.id;
  XL_CHECK(add_things(registry, principal));
  XL_TRY(principal.policies, registry.policies().effective_for(account.id, device.id));
  return principal;
}

/// errors: forbidden, invalid_argument: why the module would be refused
Status play(Registry& registry, const Account& account, std::string_view region, const ProvisioningTemplate& given,
            const DeviceCertificate& device, const std::map<std::string, std::string>& parameters, UnixMillis now,
            Rehearsal& out) {
  if (!given.enabled) return fail(Error::forbidden("provisioning template " + given.name + " is disabled"));
  XL_TRY(out.plan, fill_template(given.body, parameters));
  XL_TRY(const auto rival, rival_of(registry, account, device.id, out.plan.thing_name));
  if (rival) {
    return fail(
        Error::forbidden("duplicate_uid: thing " + out.plan.thing_name + " belongs to " + short_name_of(*rival)));
  }
  XL_CHECK(register_planned(registry, account, device, out.plan, now));
  XL_CHECK(make_thing(registry, account, device, out.plan, now));
  for (const Plan::PolicyPlan& policy : out.plan.policies)
    XL_CHECK(make_policy(registry, account, device.id, policy, now));
  XL_TRY(const Principal principal, principal_of(registry, account, device, now));
  XL_TRY(const auto decision, decide_connect(principal, region, device, out.plan.thing_name));
  out.decision = decision.statement;
  if (!decision.allowed())
    return fail(Error::forbidden(refusal_text(decision, account.id, region, out.plan.thing_name)));
  return {};
}

}  // namespace

Result<policy::Decision> decide_connect(const Principal& principal, std::string_view region,
                                        const DeviceCertificate& device, const std::string& client_id) {
  policy::PolicySet policies;
  for (const Policy& attached : principal.policies) {
    XL_TRY(auto document, policy::Document::parse(attached.name, attached.document));
    policies.add(std::move(document));
  }
  const auto thing = thing_of(principal, client_id);
  const std::string resource = client_arn(principal.account_id, region, client_id);
  return policies.evaluate({"iot:Connect", resource}, [&](std::string_view name) -> std::optional<std::string> {
    if (name == "iot:ClientId") return client_id;
    if (name == "iot:CertificateId") return principal.certificate_id;
    if (name == "iot:Connection.Thing.IsAttached") return thing ? "true" : "false";
    if (const auto attribute = subject_attribute_of(name)) return device.subject_attribute(std::string(*attribute));
    return thing_variable(thing.get(), name);
  });
}

std::string refusal_text(const policy::Decision& decision, std::string_view account_id, std::string_view region,
                         std::string_view client_id) {
  return "the module could not connect: iot:Connect on " + client_arn(account_id, region, client_id) + ": " +
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
