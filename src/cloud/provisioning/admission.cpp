// SPDX-License-Identifier: Apache-2.0
// Who may come in: the checks of every connect, whether the certificate is known or new.
#include "cloud/provisioning/admission.hpp"

#include "cloud/ports/if_found.hpp"
#include "cloud/provisioning/fleet.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "cloud/provisioning/variables.hpp"
#include "cloud/rules/reconcile.hpp"

namespace xl::cloud::provisioning {
namespace {

tl::unexpected<Error> refuse_issuer(std::string reason) { return fail(Error::forbidden(std::move(reason))); }

Status check_status(const Certificate& certificate) {
  switch (certificate.status) {
    case CertificateStatus::active:
      return {};
    case CertificateStatus::inactive:
      return refuse(certificate.id, "it is INACTIVE; set it to ACTIVE with UpdateCertificate");
    case CertificateStatus::revoked:
      return refuse(certificate.id, "it is REVOKED; the module needs another certificate");
    case CertificateStatus::pending_transfer:
      return refuse(certificate.id, "it is being transferred to another account; accept or cancel the transfer");
    case CertificateStatus::pending_activation:
      return refuse(certificate.id,
                    "it awaits activation (PENDING_ACTIVATION), for example because another certificate holds its "
                    "ThingName (duplicate_uid); find out which module is genuine, then set it to ACTIVE with "
                    "UpdateCertificate");
    case CertificateStatus::dormant:
      return refuse(certificate.id, "it was put away, as its module was not seen for long; its next connect wakes it");
  }
  return refuse(certificate.id, "it has an unknown status");
}

Status check_dates(const Certificate& certificate, UnixMillis now) {
  if (now < certificate.not_before)
    return refuse(certificate.id, "it is not valid yet; check this machine's clock and the certificate's notBefore");
  if (now > certificate.not_after)
    return refuse(certificate.id, "it has expired; the module needs another certificate");
  return {};
}

/// Whether a sweep would go by a visit that is long past. Only what it may put away is looked after.
Result<bool> is_sighting_due(const Registry& registry, const Account& account, const Certificate& certificate) {
  constexpr std::chrono::milliseconds kGrain = std::chrono::days(1);
  if (account.kind != AccountKind::staging || !certificate.ca_certificate_id) return false;
  XL_TRY(const auto seen, if_found(registry.sightings().find(account.id, certificate.id)));
  if (!seen) return true;
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  return run_time - *seen > kGrain.count();
}

/// A certificate may speak for very many things; a connection needs the one that it names.
constexpr std::size_t kThingsKnownMax = 50;

Result<std::optional<Custody>> custody_of(const Registry& registry, std::string_view fingerprint) {
  auto custody = registry.custody().find(fingerprint);
  if (custody) return std::optional<Custody>(std::move(*custody));
  if (custody.error().code == Errc::not_found) return std::optional<Custody>();
  return fail(custody.error());
}

/// From now on the time counts that the owner keeps a module after a reset.
Status start_hold(Registry& registry, const Custody& custody) {
  auto rule = registry.reset_rules().find(custody.owner_account.value_or(""), custody.fingerprint);
  if (!rule && rule.error().code == Errc::not_found) return {};
  XL_CHECK(rule);
  XL_TRY(rule->reset_at, registry.claims().run_time());
  return registry.reset_rules().put(*rule);
}

/// Whose claim-thing it is (guide 11.3.1).
Result<std::optional<std::string>> claimant_of(const Registry& registry, const Account& account,
                                               std::string_view certificate_id) {
  if (account.kind != AccountKind::staging) return std::optional<std::string>();
  auto grant = registry.claim_grants().find_by_claim_certificate(account.id, certificate_id);
  if (grant) return grant->classic ? std::optional(grant->customer_account) : std::nullopt;
  if (grant.error().code == Errc::not_found) return std::optional<std::string>();
  return fail(grant.error());
}

}  // namespace

Status add_things(const Registry& registry, Principal& principal) {
  XL_TRY(const auto links, registry.things().links_of_certificate(principal.account_id, principal.certificate_id,
                                                                  {.after = "", .limit = kThingsKnownMax}));
  for (const ThingPrincipal& link : links.items) {
    XL_TRY(Thing thing, registry.things().find(principal.account_id, link.thing_name));
    principal.things.push_back(std::make_shared<const Thing>(std::move(thing)));
  }
  if (principal.things.size() != 1) return {};
  principal.thing_name = principal.things.front()->name;
  principal.exclusive = links.items.front().exclusive;
  return {};
}

std::string short_name_of(std::string_view certificate_id) {
  return "certificate " + std::string(certificate_id.substr(0, 12));
}

tl::unexpected<Error> refuse(std::string_view certificate_id, std::string_view reason) {
  return fail(Error::forbidden(short_name_of(certificate_id) + ": " + std::string(reason)));
}

Status check_certificate(const Certificate& certificate, UnixMillis now) {
  XL_CHECK(check_status(certificate));
  return check_dates(certificate, now);
}

Result<CustodyVerdict> check_custody(const Registry& registry, const Account& account, std::string_view fingerprint) {
  XL_TRY(const std::optional<Custody> custody, custody_of(registry, fingerprint));
  if (!custody) return CustodyVerdict::unknown;
  const bool is_owner = custody->owner_account == account.id;
  const bool is_staging = account.kind == AccountKind::staging;
  switch (custody->status) {
    case CustodyStatus::revoked:
      return refuse(fingerprint, "the module is revoked by its vendor");
    case CustodyStatus::free:
      if (is_staging) return CustodyVerdict::welcome;
      XL_CHECK(rules::refuse_while_reconciling(registry));  // somebody else may own it by now
      return CustodyVerdict::first_visit;
    case CustodyStatus::reserved:
      if (is_staging) return custody->public_key.empty() ? CustodyVerdict::first_seen : CustodyVerdict::welcome;
      if (is_owner) {
        XL_CHECK(rules::refuse_while_reconciling(registry));
        return CustodyVerdict::first_visit;
      }
      return refuse(fingerprint, "the module is reserved for another account, which has claimed it");
    case CustodyStatus::owned:
      if (is_owner) return CustodyVerdict::welcome;
      if (is_staging) return CustodyVerdict::guest_first_visit;
      return refuse(fingerprint, "the module belongs to another account; its owner must give it up first");
    case CustodyStatus::owned_reset:
      if (is_owner) return CustodyVerdict::first_visit;  // it has come back to its owner
      if (is_staging) return CustodyVerdict::guest;
      return refuse(fingerprint, "the module belongs to another account; its owner must give it up first");
  }
  return refuse(fingerprint, "the module has an unknown custody status");
}

Result<Principal> admit_known(const Registry& registry, const Account& account, std::string_view certificate_id,
                              UnixMillis now) {
  XL_TRY(const Certificate certificate, registry.certificates().find(account.id, certificate_id));
  if (certificate.status == CertificateStatus::dormant) return fail(Error::not_found("certificate", certificate_id));
  XL_CHECK(check_certificate(certificate, now));
  XL_TRY(const CustodyVerdict custody, check_custody(registry, account, certificate_id));
  Principal principal;
  principal.account_id = account.id;
  principal.certificate_id = certificate.id;
  principal.known_at = now;
  principal.valid_from = certificate.not_before;
  principal.valid_until = certificate.not_after;
  principal.custody_change_needed =
      custody == CustodyVerdict::guest_first_visit || custody == CustodyVerdict::first_visit;
  principal.guest = custody == CustodyVerdict::guest_first_visit || custody == CustodyVerdict::guest;
  XL_TRY(principal.claims_for, claimant_of(registry, account, certificate_id));
  XL_TRY(principal.sighting_due, is_sighting_due(registry, account, certificate));
  XL_CHECK(add_things(registry, principal));
  principal.custody_unopened = (custody == CustodyVerdict::unknown || custody == CustodyVerdict::first_seen) &&
                               certificate.ca_certificate_id && principal.things.size() == 1;
  XL_TRY(principal.policies, registry.policies().effective_for(account.id, certificate_id));
  if (certificate.claim_template) principal.policies.push_back(claim_policy(account.id, *certificate.claim_template));
  return principal;
}

Status note_visit(Registry& registry, const Account& account, std::string_view certificate_id, UnixMillis now) {
  if (account.kind == AccountKind::staging) return note_guest(registry, certificate_id, now);
  XL_TRY(const CustodyVerdict verdict, check_custody(registry, account, certificate_id));
  if (verdict != CustodyVerdict::first_visit) return {};
  XL_TRY(Custody custody, registry.custody().find(certificate_id));
  custody.status = CustodyStatus::owned;
  custody.owner_account = account.id;
  ++custody.epoch;
  return registry.custody().change(custody, "connected to account " + account.name + ", where it was registered", now);
}

Status note_sighting(Registry& registry, const Account& account, std::string_view certificate_id) {
  if (account.kind != AccountKind::staging) return {};
  XL_TRY(const auto certificate, if_found(registry.certificates().find(account.id, certificate_id)));
  if (!certificate || certificate->status != CertificateStatus::active || !certificate->ca_certificate_id) return {};
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  return registry.sightings().note(account.id, certificate_id, run_time);
}

Status note_guest(Registry& registry, std::string_view certificate_id, UnixMillis now) {
  XL_TRY(Custody custody, registry.custody().find(certificate_id));
  if (custody.status != CustodyStatus::owned) return {};
  custody.status = CustodyStatus::owned_reset;
  ++custody.epoch;
  XL_CHECK(registry.custody().change(custody, "connected to its staging account again", now));
  return start_hold(registry, custody);
}

Result<std::vector<CaCertificate>> usable_cas(const Registry& registry, const Account& account,
                                              std::string_view issuer_der) {
  XL_TRY(const auto candidates, registry.ca_certificates().find_by_subject(account.id, issuer_der));
  if (candidates.empty()) {
    return refuse_issuer(
        "the certificate is unknown and the CA that issued it is not registered in this account; register it "
        "with RegisterCACertificate or `expresslink-factory ca enroll`");
  }
  std::vector<CaCertificate> usable;
  bool any_active = false;
  for (const CaCertificate& ca : candidates) {
    any_active = any_active || ca.status == CaStatus::active;
    if (ca.status == CaStatus::active && ca.auto_registration) usable.push_back(ca);
  }
  if (!usable.empty()) return usable;
  if (!any_active) return refuse_issuer("the CA that issued the certificate is INACTIVE in this account");
  return refuse_issuer(
      "auto-registration is off for the CA that issued the certificate; turn it on with UpdateCACertificate");
}

}  // namespace xl::cloud::provisioning
