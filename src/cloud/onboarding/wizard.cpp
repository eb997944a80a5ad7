// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/wizard.hpp"

#include "cloud/rules/account_settings.hpp"
#include "crypto/digest.hpp"

namespace xl::cloud::onboarding {
namespace {

/// The newest claim of the account for the module that is called so; not_found: there is none.
Result<Claim> last_claim(const Registry& registry, const Account& customer, std::string_view thing_name) {
  XL_TRY(const auto modules, registry.custody().find_by_thing(thing_name));
  if (modules.size() != 1) return fail(Error::not_found("module", thing_name));
  return registry.claims().last_of(customer.id, modules.front().fingerprint);
}

}  // namespace

Result<bool> has_wizard(const Registry& registry, const Account& account) {
  XL_TRY(const bool is_on, rules::is_on(registry, account.id, rules::kClaimWizard));
  return account.kind == AccountKind::customer && is_on;
}

Status set_wizard(Registry& registry, const Account& account, bool is_on) {
  if (account.kind != AccountKind::customer) {
    return fail(Error::invalid("the account " + account.name +
                               " is a vendor's: modules are claimed for customer "
                               "accounts only"));
  }
  return rules::set(registry, account.id, rules::kClaimWizard, is_on);
}

Result<Claim> claim_as_visitor(Registry& registry, const Settings& settings, const Account& customer,
                               ClaimRequest request, std::string_view visitor_sha256, UnixMillis now) {
  if (const auto last = last_claim(registry, customer, request.thing_name)) {
    XL_TRY(const bool is_still_his, is_current(registry, *last));
    auto own = claim_of_visitor(registry, customer, last->id, visitor_sha256, now);
    if (own && is_still_his) return own;
    if (!own && own.error().code != Errc::not_found) return own;
  } else if (last.error().code != Errc::not_found) {
    return last;
  }
  request.is_anonymous = true;
  XL_TRY(Claim claim, claim_module(registry, settings, customer, request, now));
  // As Quick Connect's, but of the claim instead of the thing: whoever claims the module later gets one of his own.
  XL_CHECK(
      registry.viewer_grants().put({customer.id, claim.id, std::string(visitor_sha256), now + kVisitorGrantLifetime}));
  return claim;
}

Result<Claim> claim_of_visitor(const Registry& registry, const Account& customer, std::string_view claim_id,
                               std::string_view visitor_sha256, UnixMillis now) {
  XL_TRY(const auto grant, registry.viewer_grants().find(customer.id, claim_id));
  if (now >= grant.expires || !crypto::equal_constant_time(grant.secret_sha256, visitor_sha256))
    return fail(Error::not_found("claim", claim_id));
  XL_TRY(Claim claim, registry.claims().find(claim_id));
  if (claim.account_id != customer.id) return fail(Error::not_found("claim", claim_id));
  return claim;
}

Result<bool> is_current(const Registry& registry, const Claim& claim) {
  XL_TRY(const Claim last, registry.claims().last_of(claim.account_id, claim.fingerprint));
  if (last.id != claim.id) return false;
  if (claim.state != ClaimState::completed) return claim.is_live();
  XL_TRY(const Custody module, registry.custody().find(claim.fingerprint));
  return module.status == CustodyStatus::owned && module.owner_account == claim.account_id;
}

}  // namespace xl::cloud::onboarding
