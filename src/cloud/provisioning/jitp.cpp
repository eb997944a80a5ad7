// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/jitp.hpp"

#include "cloud/policy/policy.hpp"
#include "cloud/ports/if_found.hpp"
#include "cloud/provisioning/admission.hpp"
#include "cloud/provisioning/enact.hpp"
#include "cloud/provisioning/guest.hpp"
#include "cloud/provisioning/template.hpp"
#include "cloud/provisioning/variables.hpp"
#include "cloud/rules/account_rules.hpp"
#include "cloud/rules/findings.hpp"
#include "cloud/rules/reconcile.hpp"
#include "crypto/random.hpp"

namespace xl::cloud::provisioning {
namespace {

/// The CA as it is now, inside this transaction: the caller chose it from an older view. `is_known`: it has let the
/// certificate in before.
Result<CaCertificate> usable_ca(const Registry& registry, const Account& account, const CaCertificate& chosen,
                                bool is_known) {
  auto ca = registry.ca_certificates().find(account.id, chosen.id);
  if (!ca && ca.error().code == Errc::not_found)
    return fail(Error::forbidden("the CA that issued the certificate is not registered in this account"));
  XL_CHECK(ca);
  if (is_known) return ca;
  if (ca->status != CaStatus::active)
    return fail(Error::forbidden("the CA that issued the certificate is INACTIVE in this account"));
  if (!ca->auto_registration)
    return fail(Error::forbidden("auto-registration is off for the CA that issued the certificate"));
  return ca;
}

Result<std::string> template_body_of(const Registry& registry, const CaCertificate& ca) {
  if (!ca.template_body.empty()) return ca.template_body;
  const auto found = registry.templates().find(ca.account_id, ca.template_name);
  if (!found && found.error().code == Errc::not_found)
    return fail(Error::forbidden("provisioning template " + ca.template_name + " of the CA does not exist"));
  XL_CHECK(found);
  if (found->type != TemplateType::jitp)
    return fail(Error::forbidden("provisioning template " + found->name + " is not of type JITP"));
  if (!found->enabled) return fail(Error::forbidden("provisioning template " + found->name + " is disabled"));
  return found->body;
}

/// The thing was there before the certificate: OverrideSettings say what becomes of its attributes.
Status override_attributes(Registry& registry, const Account& account, const Plan& plan) {
  if (plan.attribute_override == Plan::Override::do_nothing) return {};
  XL_TRY(Thing thing, registry.things().find(account.id, plan.thing_name));
  if (plan.attribute_override == Plan::Override::fail)
    return fail(Error::forbidden("thing " + plan.thing_name + " exists already and the template says FAIL"));
  const auto before = thing.attributes;
  if (plan.attribute_override == Plan::Override::replace) thing.attributes.clear();
  for (const auto& [name, value] : plan.attributes) thing.attributes[name] = value;
  if (thing.attributes == before) return {};
  XL_CHECK(rules::check_attributes(registry, thing));
  return registry.things().update(thing);
}

Status check_type(const Registry& registry, const Account& account, const Plan& plan) {
  if (!plan.thing_type) return {};
  const auto type = registry.thing_types().find(account.id, *plan.thing_type);
  if (!type && type.error().code == Errc::not_found)
    return fail(Error::forbidden("the template names thing type " + *plan.thing_type + ", which does not exist"));
  XL_CHECK(type);
  if (type->deprecated) return fail(Error::forbidden("thing type " + type->name + " of the template is deprecated"));
  return {};
}

Status join_groups(Registry& registry, const Account& account, const Plan& plan) {
  for (const std::string& group : plan.thing_groups) {
    const auto found = registry.thing_groups().find(account.id, group);
    if (!found && found.error().code == Errc::not_found)
      return fail(Error::forbidden("the template names thing group " + group + ", which does not exist"));
    XL_CHECK(found);
    XL_CHECK(rules::check_membership(registry, account.id, group, plan.thing_name));
    XL_CHECK(registry.thing_groups().add_member(account.id, group, plan.thing_name));
  }
  return {};
}

}  // namespace

Status register_certificate(Registry& registry, const Account& account, const DeviceCertificate& device,
                            const CaCertificate* ca, CertificateStatus status, bool is_known, UnixMillis now) {
  if (is_known && status == CertificateStatus::pending_activation) return {};
  if (is_known) return registry.certificates().set_status(account.id, device.id, status, now);
  Certificate certificate;
  certificate.account_id = account.id;
  certificate.id = device.id;
  certificate.pem = device.pem;
  certificate.status = status;
  certificate.mode = ca != nullptr ? ca->mode : CertificateMode::sni_only;
  if (ca != nullptr) certificate.ca_certificate_id = ca->id;
  certificate.not_before = device.not_before;
  certificate.not_after = device.not_after;
  certificate.created = certificate.modified = now;
  return registry.certificates().insert(certificate);
}

Result<std::optional<std::string>> rival_of(const Registry& registry, const Account& account,
                                            std::string_view certificate_id, std::string_view thing_name) {
  XL_TRY(const auto principals, registry.things().principals_of(account.id, thing_name));
  for (const std::string& principal : principals) {
    if (principal != certificate_id) return std::optional<std::string>(principal);
  }
  XL_TRY(const auto namesakes, registry.custody().find_by_thing(thing_name));
  for (const Custody& namesake : namesakes) {
    if (namesake.fingerprint == certificate_id) continue;
    XL_TRY(const auto other, if_found(registry.certificates().find(account.id, namesake.fingerprint)));
    if (other && other->status == CertificateStatus::dormant) return std::optional<std::string>(other->id);
  }
  return std::optional<std::string>();
}

Result<Plan> plan_of(const Registry& registry, const CaCertificate& ca, const DeviceCertificate& device) {
  XL_TRY(const std::string body, template_body_of(registry, ca));
  return fill_template(body, jitp_parameters(device));
}

Status make_thing(Registry& registry, const Account& account, const DeviceCertificate& device, const Plan& plan,
                  UnixMillis now) {
  Thing thing;
  thing.account_id = account.id;
  thing.name = plan.thing_name;
  thing.id = crypto::random_uuid();
  thing.attributes = plan.attributes;
  thing.type_name = plan.thing_type;
  thing.created = now;
  XL_CHECK(check_type(registry, account, plan));
  const Status inserted = registry.things().insert(thing);
  if (!inserted && inserted.error().code != Errc::already_exists) return inserted;
  XL_CHECK(inserted ? rules::check_attributes(registry, thing) : override_attributes(registry, account, plan));
  XL_CHECK(join_groups(registry, account, plan));
  return registry.things().attach(account.id, plan.thing_name, device.id);
}

Status make_policy(Registry& registry, const Account& account, const std::string& certificate_id,
                   const Plan::PolicyPlan& plan, UnixMillis now) {
  const auto found = registry.policies().find(account.id, plan.name);
  if (!found && found.error().code != Errc::not_found) return fail(found.error());
  if (!found && plan.document.empty())
    return fail(Error::forbidden("the template names policy " + plan.name + ", which does not exist in this account"));
  if (!found) {
    XL_CHECK(policy::Document::parse(plan.name, plan.document));
    XL_CHECK(rules::check_policy_length(registry, account.id, plan.document));
    Policy policy;
    policy.account_id = account.id;
    policy.name = plan.name;
    policy.document = plan.document;
    policy.created = policy.modified = now;
    XL_CHECK(registry.policies().insert(policy));
  }
  XL_CHECK(rules::check_attachment(registry, account.id, plan.name, certificate_id));
  return registry.policies().attach(account.id, plan.name, certificate_id);
}

namespace {

/// Whose birth certificate it is: the staging account that has registered the same CA; empty when none has.
Result<std::string> vendor_of(const Registry& registry, const Account& account, std::string_view ca_id) {
  if (account.kind == AccountKind::staging) return account.id;
  XL_TRY(const auto accounts, registry.accounts().list());
  for (const Account& other : accounts) {
    if (other.kind == AccountKind::staging && registry.ca_certificates().find(other.id, ca_id)) return other.id;
  }
  return std::string{};
}

/// Free at its vendor's, owned at a customer's.
Result<Custody> first_custody(const Registry& registry, const Account& account, const DeviceCertificate& device,
                              std::string_view ca_id, std::string thing_name) {
  Custody custody;
  custody.fingerprint = device.id;
  custody.thing_name = std::move(thing_name);
  custody.public_key = device.public_key;
  XL_TRY(custody.vendor_account, vendor_of(registry, account, ca_id));
  const bool is_staging = account.kind == AccountKind::staging;
  custody.status = is_staging ? CustodyStatus::free : CustodyStatus::owned;
  if (!is_staging) custody.owner_account = account.id;
  return custody;
}

/// Who has claimed the module before it was seen had its fingerprint only.
Status note_key(Registry& registry, const Account& account, Custody custody, const DeviceCertificate& device,
                UnixMillis now) {
  if (!custody.public_key.empty()) return {};
  ++custody.epoch;
  custody.public_key = device.public_key;
  return registry.custody().change(custody, "seen for the first time, in account " + account.name, now);
}

/// A module's first registration anywhere opens its custody. A free (or
/// reserved) module that a customer account registers becomes that account's: no other may register it afterwards.
Status settle_custody(Registry& registry, const Account& account, const DeviceCertificate& device,
                      const CaCertificate& ca, const Plan& plan, UnixMillis now) {
  const bool is_staging = account.kind == AccountKind::staging;
  auto custody = registry.custody().find(device.id);
  if (!custody && custody.error().code != Errc::not_found) return fail(custody.error());
  if (custody && is_staging) return note_key(registry, account, *std::move(custody), device, now);
  if (custody && (custody->status == CustodyStatus::owned || custody->status == CustodyStatus::owned_reset)) return {};
  Custody next;
  if (custody) {
    next = *custody;
    ++next.epoch;
    next.status = CustodyStatus::owned;
    next.owner_account = account.id;
    if (next.public_key.empty()) next.public_key = device.public_key;
  } else {
    XL_TRY(next, first_custody(registry, account, device, ca.id, plan.thing_name));
  }
  return registry.custody().change(next, "provisioned just in time in account " + account.name, now);
}

Principal refused(const Account& account, const DeviceCertificate& device, std::string reason) {
  Principal principal;
  principal.account_id = account.id;
  principal.certificate_id = device.id;
  principal.refused = std::move(reason);
  return principal;
}

Status check_dates(const DeviceCertificate& device, UnixMillis now) {
  if (now < device.not_before) return refuse(device.id, "it is not valid yet; check this machine's clock");
  if (now > device.not_after) return refuse(device.id, "it has expired; the module needs another certificate");
  return {};
}

/// The module's key under another certificate: whoever owns it decides for both. Otherwise a copy of the certificate
/// with a rewritten signature would be a new module, free to be registered anywhere.
Result<std::optional<Custody>> key_holder(const Registry& registry, const Account& account,
                                          const DeviceCertificate& device) {
  XL_TRY(const auto others, registry.custody().find_by_key(device.public_key));
  for (const Custody& other : others) {
    if (other.fingerprint != device.id && other.owner_account != account.id) return std::optional<Custody>(other);
  }
  return std::optional<Custody>();
}

Result<Principal> refuse_key(Registry& registry, const Account& account, const DeviceCertificate& device,
                             const Custody& holder, UnixMillis now) {
  XL_CHECK(rules::note_finding_of_module(
      registry, FindingKind::duplicate_key, holder,
      short_name_of(device.id) + " with the same key has called account " + account.id, now));
  return refused(account, device,
                 "duplicate_key: " + short_name_of(device.id) + ": its key belongs to " +
                     short_name_of(holder.fingerprint) +
                     ", whose custody is another account's; a module has one birth certificate");
}

Status check_not_offboarded(const Registry& registry, const Account& account, const DeviceCertificate& device) {
  XL_TRY(const bool is_offboarded, registry.tombstones().has(account.id, device.id));
  if (!is_offboarded) return {};
  return refuse(device.id,
                "offboarded: the account has given it up; to let it in again, register its certificate "
                "(RegisterCertificate or RegisterThing)");
}

/// Just-in-time registration: the account decides, which hears of it by an event, again with every attempt.
Result<Principal> register_alone(Registry& registry, const Account& account, const DeviceCertificate& device,
                                 const CaCertificate& ca, const Result<Certificate>& known, UnixMillis now) {
  XL_CHECK(register_certificate(registry, account, device, &ca, CertificateStatus::pending_activation,
                                known.has_value(), now));
  Principal principal = refused(account, device,
                                "awaits activation: " + short_name_of(device.id) +
                                    " is registered PENDING_ACTIVATION, as its CA has no provisioning template; give "
                                    "it a policy, then set it to ACTIVE with UpdateCertificate");
  principal.registration = {ca.id, known ? std::optional(known->created) : std::nullopt};
  return principal;
}

Status make_all(Registry& registry, const Account& account, const DeviceCertificate& device, const Plan& plan,
                UnixMillis now) {
  XL_CHECK(make_thing(registry, account, device, plan, now));
  for (const Plan::PolicyPlan& policy : plan.policies) XL_CHECK(make_policy(registry, account, device.id, policy, now));
  return {};
}

/// errors: the template's, without the certificate's name
Result<Principal> run_template(Registry& registry, const Account& account, const DeviceCertificate& device,
                               const CaCertificate& chosen, const Result<Certificate>& known, UnixMillis now) {
  const bool is_dormant = known && known->status == CertificateStatus::dormant;
  XL_TRY(const CaCertificate ca, usable_ca(registry, account, chosen, is_dormant));
  if (ca.template_body.empty() && ca.template_name.empty())
    return register_alone(registry, account, device, ca, known, now);
  XL_TRY(const Plan plan, plan_of(registry, ca, device));
  XL_TRY(const auto rival, rival_of(registry, account, device.id, plan.thing_name));
  const CertificateStatus planned = plan.activate ? CertificateStatus::active : CertificateStatus::inactive;
  XL_CHECK(register_certificate(registry, account, device, &ca, rival ? CertificateStatus::pending_activation : planned,
                                known.has_value(), now));
  if (rival) {
    XL_CHECK(rules::note_finding(registry, FindingKind::duplicate_uid, account.id, device.id, plan.thing_name,
                                 "the thing belongs to " + short_name_of(*rival) + "; this one waits", now));
    return refused(account, device,
                   "duplicate_uid: " + short_name_of(device.id) + ": thing " + plan.thing_name + " belongs to " +
                       short_name_of(*rival) + "; this one stays PENDING_ACTIVATION until an operator decides");
  }
  XL_CHECK(make_all(registry, account, device, plan, now));
  XL_CHECK(settle_custody(registry, account, device, ca, plan, now));
  if (!plan.activate) {
    return refused(account, device,
                   "inactive: " + short_name_of(device.id) +
                       ": registered INACTIVE, as the template says; set it to ACTIVE with UpdateCertificate");
  }
  // As admit_known(), without reading what was just written.
  Principal principal;
  principal.account_id = account.id;
  principal.certificate_id = device.id;
  XL_CHECK(add_things(registry, principal));
  XL_TRY(principal.policies, registry.policies().effective_for(account.id, device.id));
  principal.valid_from = device.not_before;
  principal.valid_until = device.not_after;
  return principal;
}

}  // namespace

Result<Principal> provision_just_in_time(Registry& registry, const Account& account, const DeviceCertificate& device,
                                         const CaCertificate& ca, UnixMillis now) {
  XL_CHECK(check_dates(device, now));
  XL_TRY(const CustodyVerdict verdict, check_custody(registry, account, device.id));
  const auto known = registry.certificates().find(account.id, device.id);
  if (!known && known.error().code != Errc::not_found) return fail(known.error());
  const bool is_waiting =
      known && (known->status == CertificateStatus::pending_activation || known->status == CertificateStatus::dormant);
  if (known && !is_waiting) return admit_known(registry, account, device.id, now);
  if (verdict == CustodyVerdict::guest || verdict == CustodyVerdict::guest_first_visit)
    return admit_guest(registry, account, device.id, now);
  if (!known || known->status != CertificateStatus::dormant) XL_CHECK(rules::refuse_while_reconciling(registry));
  XL_CHECK(check_not_offboarded(registry, account, device));
  XL_TRY(const auto key_holder_elsewhere, key_holder(registry, account, device));
  if (key_holder_elsewhere) return refuse_key(registry, account, device, *key_holder_elsewhere, now);
  auto principal = run_template(registry, account, device, ca, known, now);
  if (principal || principal.error().code != Errc::forbidden) return principal;
  Error error = principal.error();
  if (!error.detail.starts_with("certificate ")) error.detail = short_name_of(device.id) + ": " + error.detail;
  return fail(std::move(error));
}

Result<std::optional<CaCertificate>> waking_ca(const Registry& registry, const Account& account,
                                               std::string_view certificate_id) {
  XL_TRY(const auto known, if_found(registry.certificates().find(account.id, certificate_id)));
  if (!known || known->status != CertificateStatus::dormant) return std::nullopt;
  const std::string ca_id = known->ca_certificate_id.value_or("");
  XL_TRY(auto ca, if_found(registry.ca_certificates().find(account.id, ca_id)));
  if (ca) return ca;
  CaCertificate gone;  // a guest needs none; for others provision_just_in_time() says what is missing
  gone.account_id = account.id;
  gone.id = ca_id;
  return gone;
}

Status wake(Registry& registry, const Account& account, const DeviceCertificate& device, CertificateStatus status,
            UnixMillis now) {
  XL_TRY(const auto chosen, waking_ca(registry, account, device.id));
  if (!chosen) return registry.certificates().set_status(account.id, device.id, status, now);
  XL_TRY(const CaCertificate ca, usable_ca(registry, account, *chosen, true));
  XL_TRY(const Plan plan, plan_of(registry, ca, device));
  XL_TRY(const auto rival, rival_of(registry, account, device.id, plan.thing_name));
  if (rival) return refuse(device.id, "thing " + plan.thing_name + " belongs to " + short_name_of(*rival));
  XL_CHECK(registry.certificates().set_status(account.id, device.id, status, now));
  XL_CHECK(make_all(registry, account, device, plan, now));
  return note_sighting(registry, account, device.id);
}

Status open_custody(Registry& registry, const Account& account, const DeviceCertificate& device, UnixMillis now) {
  auto custody = registry.custody().find(device.id);
  if (custody) return note_key(registry, account, *std::move(custody), device, now);
  if (custody.error().code != Errc::not_found) return fail(custody.error());
  XL_TRY(const Certificate certificate, registry.certificates().find(account.id, device.id));
  XL_TRY(const auto things, registry.things().things_of(account.id, device.id));
  XL_TRY(const auto key_holder_elsewhere, key_holder(registry, account, device));
  if (!certificate.ca_certificate_id || things.size() != 1 || key_holder_elsewhere) return {};
  XL_TRY(const Custody first, first_custody(registry, account, device, *certificate.ca_certificate_id, things.front()));
  return registry.custody().change(first, "connected to account " + account.name + ", where it was registered", now);
}

}  // namespace xl::cloud::provisioning
