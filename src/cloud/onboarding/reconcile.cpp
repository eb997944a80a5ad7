// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/reconcile.hpp"

#include "cloud/onboarding/claims.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "cloud/onboarding/transfers.hpp"
#include "cloud/ports/if_found.hpp"
#include "cloud/rules/findings.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr std::string_view kReplayed = "the custody log, replayed after a restore, says otherwise";

bool is_held(const Custody& module) {
  return module.status == CustodyStatus::reserved || module.status == CustodyStatus::owned ||
         module.status == CustodyStatus::owned_reset;
}

bool is_registered(const Registry& registry, std::string_view account_id, std::string_view fingerprint) {
  const auto certificate = registry.certificates().find(account_id, fingerprint);
  if (certificate && certificate->status == CertificateStatus::active) return true;
  return registry.errands().find(account_id, fingerprint).has_value();  // in the account elsewhere
}

}  // namespace

Status Reconciler::leave_open(Registry& registry, const Custody& module, std::string_view account,
                              const std::string& what, UnixMillis now) {
  ++result_.undecided;
  if (result_.cases.size() < Reconciled::kCasesMax)
    result_.cases.push_back("thing " + module.thing_name + " (" + module.fingerprint.substr(0, 12) + "): " + what);
  XL_CHECK(rules::note_finding_of_module(registry, FindingKind::restored, module, what, now));
  if (account.empty() || account == module.vendor_account) return {};
  return rules::note_finding(registry, FindingKind::restored, account, module.fingerprint, module.thing_name, what,
                             now);
}

Status Reconciler::replay(Registry& registry, const CustodyEntry& entry, std::string_view public_key, UnixMillis now) {
  if (forked_.contains(entry.fingerprint)) return {};
  XL_TRY(const auto chain, registry.custody().history(entry.fingerprint));
  const auto known = static_cast<std::int64_t>(chain.size());
  if (entry.epoch <= known && chain[static_cast<std::size_t>(entry.epoch - 1)].hash == entry.hash) return {};
  const bool continues = entry.epoch == known + 1;
  const std::string before = chain.empty() ? "" : chain.back().owner_account.value_or("");
  const Status replayed =
      continues ? registry.custody().replay(entry, public_key) : Status(fail(Error::conflict("another past")));
  if (!replayed && replayed.error().code != Errc::conflict) return replayed;
  if (!replayed) {
    forked_.insert(entry.fingerprint);
    touched_.erase(entry.fingerprint);
    Custody module;
    module.fingerprint = entry.fingerprint;
    module.thing_name = entry.thing_name;
    module.vendor_account = entry.vendor_account;
    return leave_open(registry, module, "",
                      "its custody in the registry is no part of that in the custody log; it stays as the registry has "
                      "it (expresslink-cloud custody export shows it, custody-log.jsonl the other)",
                      now);
  }
  ++result_.entries;
  auto& owners = touched_[entry.fingerprint];
  if (!before.empty()) owners.insert(before);
  if (entry.owner_account) owners.insert(*entry.owner_account);
  return {};
}

Status Reconciler::settle_claim(Registry& registry, Custody& module, UnixMillis now) {
  XL_TRY(auto claim, if_found(registry.claims().live_of(module.fingerprint)));
  if (claim && is_held(module) && module.owner_account == claim->account_id) return {};
  if (claim) {
    claim->state = ClaimState::cancelled;
    claim->stall = Stall::none;
    claim->reason = kReplayed;
    claim->deadline.reset();
    claim->modified = now;
    ++claim->epoch;
    XL_CHECK(registry.claims().update(*claim));
    ++result_.claims;
    touched_[module.fingerprint].insert(claim->account_id);
  }
  if (module.status != CustodyStatus::reserved) return {};
  const std::string claimant = module.owner_account.value_or("");
  module.status = CustodyStatus::free;
  module.owner_account.reset();
  ++module.epoch;
  XL_CHECK(registry.custody().change(module, "the claim that had reserved it was lost with the registry", now));
  return leave_open(registry, module, claimant,
                    "account " + claimant +
                        " had claimed it, and that claim is not in the backup: it is free, to be claimed again. If it "
                        "was told its endpoint already, a factory reset brings it back",
                    now);
}

Status Reconciler::withdraw_others(Registry& registry, const Custody& module, UnixMillis now) {
  for (const std::string& id : touched_[module.fingerprint]) {
    if (is_held(module) && module.owner_account == id) continue;
    XL_TRY(const auto account, if_found(registry.closed_accounts().find(id)));
    if (!account) continue;
    result_.withdrawals += registry.certificates().find(id, module.fingerprint) ? 1 : 0;
    XL_CHECK(end_transfers(registry, *account, module.fingerprint, now));
    XL_CHECK(withdraw(registry, *account, module.fingerprint, now));
  }
  return {};
}

Status Reconciler::check_owner(Registry& registry, const Custody& module, UnixMillis now) {
  if (module.status != CustodyStatus::owned && module.status != CustodyStatus::owned_reset) return {};
  const std::string owner = module.owner_account.value_or("");
  XL_TRY(const auto account, if_found(registry.accounts().find(owner)));
  if (!account) {
    return leave_open(registry, module, "",
                      "its owner, account " + owner +
                          ", is not in the backup. Nobody else gets it: after a factory reset it may be claimed by its "
                          "whole label while it is connected to staging",
                      now);
  }
  if (is_registered(registry, owner, module.fingerprint)) return {};
  return leave_open(registry, module, owner,
                    "account " + owner +
                        " owns it, and its registration there was lost with the registry: reset the module and claim "
                        "it again, or register its certificate by hand",
                    now);
}

Status Reconciler::settle(Registry& registry, const std::string& fingerprint, UnixMillis now) {
  if (!touched_.contains(fingerprint)) return {};
  ++result_.modules;
  XL_TRY(Custody module, registry.custody().find(fingerprint));
  XL_CHECK(settle_claim(registry, module, now));
  XL_CHECK(withdraw_others(registry, module, now));
  XL_CHECK(check_owner(registry, module, now));
  touched_.erase(fingerprint);
  return {};
}

Result<bool> Reconciler::suspect_prepared(Registry& registry, std::size_t limit, UnixMillis now) {
  XL_TRY(const auto claims, registry.claims().list_in_state(ClaimState::prepared, {.after = "", .limit = limit}));
  for (Claim claim : claims.items) {
    XL_TRY(const bool moved, happen(registry, ClaimTimes{}, claim, ClaimEvent::told,
                                    "restored from a backup: it may have been told since", now));
    if (!moved) return fail(Error::internal("claim " + claim.id + " is PREPARED and cannot be told"));
    ++result_.suspected;
  }
  return !claims.items.empty();
}

}  // namespace xl::cloud::onboarding
