// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/offboard.hpp"

#include "cloud/onboarding/elsewhere.hpp"

namespace xl::cloud::onboarding {
namespace {

Status remove_thing(Registry& registry, const Account& account, std::string_view thing_name) {
  XL_CHECK(registry.viewer_grants().remove(account.id, thing_name));
  return registry.things().remove(account.id, thing_name);
}

Status detach_things(Registry& registry, const Account& account, std::string_view fingerprint) {
  XL_TRY(const auto things, registry.things().things_of(account.id, fingerprint));
  for (const std::string& thing : things) {
    XL_CHECK(registry.things().detach(account.id, thing, fingerprint));
    XL_TRY(const auto others, registry.things().principals_of(account.id, thing));
    if (others.empty()) XL_CHECK(remove_thing(registry, account, thing));
  }
  return {};
}

Status release(Registry& registry, const Account& account, Custody custody, UnixMillis now) {
  const bool is_owned = custody.status == CustodyStatus::owned || custody.status == CustodyStatus::owned_reset;
  if (!is_owned || custody.owner_account != account.id) return {};
  custody.status = CustodyStatus::free;
  custody.owner_account = std::nullopt;
  ++custody.epoch;
  return registry.custody().change(custody, "offboarded from account " + account.name, now);
}

/// A module that is on its way here must find what it was promised, or not be sent.
Status refuse_claimed(const Registry& registry, const Account& account, std::string_view fingerprint) {
  const auto claim = registry.claims().live_of(fingerprint);
  if (!claim && claim.error().code != Errc::not_found) return fail(claim.error());
  if (!claim || claim->account_id != account.id) return {};
  return fail(Error::conflict("the module of certificate " + std::string(fingerprint) +
                              " is being claimed; cancel the claim " + claim->id + " first."));
}

Status release_certificate(Registry& registry, const Account& account, std::string_view fingerprint, UnixMillis now) {
  XL_CHECK(refuse_claimed(registry, account, fingerprint));
  XL_CHECK(withdraw(registry, account, fingerprint, now));
  auto custody = registry.custody().find(fingerprint);
  if (!custody && custody.error().code == Errc::not_found) return {};
  XL_CHECK(custody);
  return release(registry, account, *std::move(custody), now);
}

/// Of this name, and without a certificate here: somebody has deleted that by hand, and the module is still ours.
Status release_leftovers(Registry& registry, const Account& account, std::string_view thing_name, UnixMillis now) {
  XL_TRY(auto modules, registry.custody().find_owned(account.id, thing_name));
  for (Custody& module : modules) {
    const auto certificate = registry.certificates().find(account.id, module.fingerprint);
    if (certificate) continue;
    if (certificate.error().code != Errc::not_found) return fail(certificate.error());
    XL_CHECK(release_certificate(registry, account, module.fingerprint, now));
  }
  return {};
}

}  // namespace

Status strip(Registry& registry, const Account& account, std::string_view fingerprint) {
  XL_CHECK(detach_things(registry, account, fingerprint));
  XL_TRY(const auto policies, registry.policies().attached_to(account.id, fingerprint));
  for (const Policy& policy : policies) XL_CHECK(registry.policies().detach(account.id, policy.name, fingerprint));
  return {};
}

Status withdraw(Registry& registry, const Account& account, std::string_view fingerprint, UnixMillis now) {
  const auto certificate = registry.certificates().find(account.id, fingerprint);
  if (!certificate && certificate.error().code != Errc::not_found) return fail(certificate.error());
  if (certificate) {
    if (certificate->status == CertificateStatus::pending_transfer) {
      return fail(Error::conflict("the certificate " + certificate->id +
                                  " is being transferred; end the transfer first (CancelCertificateTransfer or "
                                  "RejectCertificateTransfer)."));
    }
    XL_CHECK(strip(registry, account, fingerprint));
    XL_CHECK(registry.certificates().remove(account.id, fingerprint));
  }
  XL_CHECK(ask_to_withdraw(registry, account.id, fingerprint, now));
  XL_CHECK(registry.reset_rules().remove(account.id, fingerprint));
  return registry.tombstones().put(account.id, fingerprint, now);
}

Result<Offboarded> offboard(Registry& registry, const Account& account, std::string_view thing_name, UnixMillis now) {
  Offboarded done;
  const auto thing = registry.things().find(account.id, thing_name);
  if (!thing && thing.error().code != Errc::not_found) return fail(thing.error());
  if (thing) {
    done.was_there = true;
    XL_TRY(const auto principals, registry.things().principals_of(account.id, thing_name));
    for (const std::string& principal : principals) {
      XL_CHECK(registry.things().detach(account.id, thing_name, principal));
      XL_TRY(const auto other_things, registry.things().things_of(account.id, principal));
      auto& fate = other_things.empty() ? done.deleted_certificates : done.kept_certificates;
      fate.push_back(principal);
      if (other_things.empty()) XL_CHECK(release_certificate(registry, account, principal, now));
    }
    XL_CHECK(remove_thing(registry, account, thing_name));
  }
  XL_CHECK(release_leftovers(registry, account, thing_name, now));
  return done;
}

}  // namespace xl::cloud::onboarding
