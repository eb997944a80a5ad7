// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/account_deletion.hpp"

#include "cloud/onboarding/claim_thing.hpp"
#include "cloud/onboarding/claims.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "cloud/onboarding/transfers.hpp"
#include "cloud/onboarding/wizard.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr std::string_view kEnded = "its account was deleted";

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

/// "A, B, …"
std::string some_of(const AccountHoldings::Things& things) {
  std::string out;
  for (const std::string& name : things.some) out += (out.empty() ? "" : ", ") + name;
  return out + (things.count > static_cast<std::int64_t>(things.some.size()) ? ", …" : "");
}

std::string objection_to_staged(const Account& account, const AccountHoldings& holdings) {
  if (account.kind != AccountKind::staging) return {};
  if (holdings.staged.count > 0) {
    return "\n  " + counted(holdings.staged.count, "module has", "modules have") + " it as home (" +
           some_of(holdings.staged) +
           "), where a factory reset brings them, whoever owns them: a vendor's account goes only while it has none, "
           "with --orphan too";
  }
  return {};
}

std::string objection_to_claims(const AccountHoldings& holdings) {
  std::string states;
  for (const auto state : {ClaimState::notifying, ClaimState::stalled, ClaimState::confirmed}) {
    const auto found = holdings.claims.find(state);
    if (found == holdings.claims.end()) continue;
    states += (states.empty() ? "" : ", ") + std::to_string(found->second) + " " + std::string(name_of(state));
  }
  if (states.empty()) return {};
  return "\n  claims that may have moved their modules: " + states +
         ". Wait for their end, cancel them (POST /claims/ID/cancel), or end them with --orphan";
}

std::string objection_to_owned(const Account& account, const AccountHoldings& holdings) {
  if (holdings.owned.count == 0) return {};
  return "\n  " + counted(holdings.owned.count, "module is", "modules are") + " its own (" + some_of(holdings.owned) +
         "). Offboard them (expresslink-cloud thing offboard " + account.name +
         " THING), or free them all with --orphan";
}

/// An orphan must find home.
std::string objection_to_homeless(const Account& account, const AccountHoldings& holdings) {
  if (holdings.homeless.count == 0) return {};
  return "\n  " + counted(holdings.homeless.count, "module", "modules") +
         " of its own would be refused in staging after a factory reset (" + some_of(holdings.homeless) +
         "): their certificates are not ACTIVE in their vendor's account, and nothing registers them there again. Let "
         "the vendor set them ACTIVE, or offboard them one by one (expresslink-cloud thing offboard " +
         account.name + " THING)";
}

std::string objection_to_withdrawals(const AccountHoldings& holdings) {
  if (holdings.withdrawals == 0) return {};
  return "\n  " + counted(holdings.withdrawals, "module is", "modules are") +
         " still to be withdrawn from its account elsewhere. A running cloud does it; or leave them there with "
         "--give-up-withdrawals";
}

Status cancel_tasks(Registry& registry, const Account& account, UnixMillis now) {
  XL_TRY(auto tasks, registry.registration_tasks().unfinished());
  for (RegistrationTask& task : tasks) {
    if (task.account_id != account.id) continue;
    task.status = TaskStatus::cancelled;
    task.message = kEnded;
    task.modified = now;
    XL_CHECK(registry.registration_tasks().update(task));
  }
  return {};
}

/// What vendors let it do, and with what it has spoken in their accounts.
Status take_grants(Registry& registry, const Account& account, UnixMillis now) {
  XL_TRY(const auto grants, registry.claim_grants().of_customer(account.id));
  for (const ClaimGrant& grant : grants) {
    XL_TRY(const Account vendor, registry.closed_accounts().find(grant.vendor_account));
    XL_CHECK(take_claim_thing(registry, vendor, account, now));
    XL_CHECK(registry.claim_grants().remove(grant.vendor_account, account.id));
  }
  return {};
}

/// Nothing registers itself any longer.
Status take_cas(Registry& registry, const Account& account) {
  for (bool more = true; more;) {
    XL_TRY(const auto page, registry.ca_certificates().list(account.id, {.after = "", .limit = 100}));
    for (const CaCertificate& ca : page.items) XL_CHECK(registry.ca_certificates().remove(account.id, ca.id));
    more = page.more;
  }
  return {};
}

/// CONFIRMED is a claim that has done all but one step; it ends there. Others end where they are.
Status end_claim(Registry& registry, Claim claim, UnixMillis now) {
  const auto event = claim.state == ClaimState::confirmed ? ClaimEvent::settled : ClaimEvent::cancelled;
  XL_TRY(const bool ended, happen(registry, ClaimTimes{}, claim, event, std::string(kEnded), now));
  if (!ended)
    return fail(Error::internal("claim " + claim.id + " has no way out of " + std::string(name_of(claim.state))));
  return {};
}

Status free_module(Registry& registry, const Account& account, Custody module, UnixMillis now) {
  XL_CHECK(end_transfers(registry, account, module.fingerprint, now));
  XL_CHECK(withdraw(registry, account, module.fingerprint, now));
  module.status = CustodyStatus::free;
  module.owner_account.reset();
  ++module.epoch;
  return registry.custody().change(module, "account " + account.name + " was deleted (--orphan)", now);
}

}  // namespace

std::string objections_to_deletion(const Account& account, const AccountHoldings& holdings,
                                   const DeletionOptions& options) {
  std::string out = objection_to_staged(account, holdings);
  if (!options.orphan) out += objection_to_claims(holdings) + objection_to_owned(account, holdings);
  if (options.orphan) out += objection_to_homeless(account, holdings);
  if (!options.orphan && !options.give_up_withdrawals) out += objection_to_withdrawals(holdings);
  return out;
}

Status close_account(Registry& registry, const Account& account, const DeletionOptions& options, UnixMillis now) {
  XL_TRY(const AccountHoldings holdings, registry.closed_accounts().holdings(account.id));
  const std::string objections = objections_to_deletion(account, holdings, options);
  if (!objections.empty()) {
    return fail(Error::conflict("account " + account.name + " is not deleted, nothing was changed:" + objections));
  }
  XL_CHECK(cancel_tasks(registry, account, now));
  XL_CHECK(take_grants(registry, account, now));
  XL_CHECK(take_cas(registry, account));
  if (account.kind == AccountKind::customer) XL_CHECK(set_wizard(registry, account, false));
  return registry.closed_accounts().close(account, now);
}

Result<bool> empty_account(Registry& registry, const Account& account, const DeletionOptions& options,
                           std::size_t limit, UnixMillis now) {
  ClosedAccounts& closed = registry.closed_accounts();
  XL_TRY(const auto claims, closed.live_claims(account.id, limit));
  for (const Claim& claim : claims) XL_CHECK(end_claim(registry, claim, now));
  if (!claims.empty()) return true;
  XL_TRY(const auto modules, closed.modules(account.id, limit));
  for (const Custody& module : modules) XL_CHECK(free_module(registry, account, module, now));
  if (!modules.empty()) return true;
  XL_TRY(const auto transfers, closed.pending_transfers(account.id, limit));
  for (const CertificateTransfer& transfer : transfers)
    XL_CHECK(end_transfers(registry, account, transfer.certificate_id, now));
  if (!transfers.empty()) return true;
  XL_TRY(const AccountHoldings holdings, closed.holdings(account.id));
  if (holdings.withdrawals > 0 && !options.give_up_withdrawals)
    return false;  // they need what is known of the account elsewhere
  XL_TRY(const std::size_t erased, closed.erase_some(account.id, limit));
  return erased > 0;
}

Status finish_account(Registry& registry, const Account& account, const DeletionOptions& options, UnixMillis now) {
  XL_TRY(const AccountHoldings holdings, registry.closed_accounts().holdings(account.id));
  if (holdings.withdrawals > 0 && !options.give_up_withdrawals) {
    return fail(Error::unavailable("account " + account.name + " is closed, and not gone yet:" +
                                   objection_to_withdrawals(holdings) + ".\nThen run this again"));
  }
  return registry.closed_accounts().finish(account, now);
}

}  // namespace xl::cloud::onboarding
