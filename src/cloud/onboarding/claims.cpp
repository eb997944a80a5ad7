// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/claims.hpp"

#include <algorithm>
#include <cstdio>

#include "base/log.hpp"
#include "cloud/onboarding/customer.hpp"
#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "cloud/onboarding/transfers.hpp"
#include "cloud/ports/if_found.hpp"
#include "cloud/provisioning/jitp.hpp"
#include "cloud/rules/findings.hpp"
#include "cloud/rules/reconcile.hpp"
#include "crypto/random.hpp"

namespace xl::cloud::onboarding {

const std::string_view kClaimRefused =
    "This module cannot be claimed with what was shown. Scan the whole label once more; if it stays so, the module's "
    "vendor can tell why.";

namespace {

constexpr std::string_view kByForce = "by force";

/// Ids sort by time, so that a listing is in the order of the claims.
std::string new_claim_id(UnixMillis now) {
  std::string time(12, '0');
  std::snprintf(time.data(), time.size() + 1, "%012llx", static_cast<unsigned long long>(to_millis(now)));
  return "clm-" + time + crypto::random_hex(10);
}

tl::unexpected<Error> refuse(std::string_view reason) { return fail(Error::forbidden(std::string(reason))); }

/// The claim as it is now, and custody with it. A module that the claim gives up leaves the customer's account again.
Status store(Registry& registry, const Claim& claim, std::string_view why, UnixMillis now) {
  XL_CHECK(registry.claims().update(claim));
  XL_TRY(const auto custody, if_found(registry.custody().find(claim.fingerprint)));
  if (!custody) return {};
  const auto next = custody_after(claim, *custody);
  if (!next) return {};
  XL_CHECK(registry.custody().change(*next, std::string(why) + " (claim " + claim.id + ")", now));
  if (next->status != CustodyStatus::free) return {};
  XL_TRY(const Account customer, registry.closed_accounts().find(claim.account_id));
  return withdraw(registry, customer, claim.fingerprint, now);
}

/// False: the event means nothing to the claim as it is.
Result<bool> move(Registry& registry, const ClaimTimes& times, Claim& claim, ClaimEvent event, std::string reason,
                  UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  auto next = after(claim, event, times, run_time);
  if (!next) return false;
  next->reason = std::move(reason);
  next->modified = now;
  XL_CHECK(store(registry, *next, "claim became " + std::string(name_of(next->state)), now));
  claim = *std::move(next);
  return true;
}

bool is_active(const Registry& registry, std::string_view account_id, std::string_view fingerprint) {
  const auto certificate = registry.certificates().find(account_id, fingerprint);
  return certificate && certificate->status == CertificateStatus::active;
}

/// In its vendor's account, be it that a sweep has put the registration away until the module comes.
bool is_staged(const Registry& registry, const Custody& module) {
  const auto certificate = registry.certificates().find(module.vendor_account, module.fingerprint);
  return certificate &&
         (certificate->status == CertificateStatus::active || certificate->status == CertificateStatus::dormant);
}

/// What its owner wants to happen now that the module was reset (guide 11.4); empty: anybody may claim it.
Result<std::string> lock_of(const Registry& registry, const Custody& module) {
  if (!module.owner_account) return std::string();
  XL_TRY(const auto rule, if_found(registry.reset_rules().find(*module.owner_account, module.fingerprint)));
  if (!rule || rule->rule == OnReset::free) return std::string();
  if (rule->rule == OnReset::locked) return "its owner has locked it";
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  if (rule->reset_at && run_time - *rule->reset_at >= rule->hold.count()) return std::string();
  return "its owner keeps it for a while after a reset";
}

Result<std::string> objection_to_voucher(const Registry& registry, const Custody& module,
                                         const crypto::Voucher& voucher) {
  XL_TRY(const auto key, if_found(registry.claim_grants().find_key(module.vendor_account, voucher.key_id)));
  if (!key) return "the voucher's key " + voucher.key_id + " is not one of this vendor";
  if (!key->is_active) return "the voucher's key " + key->id + " is revoked";
  if (crypto::is_valid(voucher, key->public_pem, module.thing_name, module.fingerprint)) return std::string();
  return "the voucher is not of this module";
}

/// Which modules the grant is for, by the key that has signed their labels.
bool is_of_granted_lot(const ClaimGrant& grant, const ClaimRequest& request) {
  if (grant.lots.empty()) return true;
  return request.voucher && std::ranges::find(grant.lots, request.voucher->key_id) != grant.lots.end();
}

/// Why the vendor does not let this account have the module; empty: it does.
Result<std::string> objection(const Registry& registry, const Settings& settings, const Account& customer,
                              const Custody& module, const ClaimRequest& request) {
  XL_TRY(const auto grant, if_found(registry.claim_grants().find(module.vendor_account, customer.id)));
  if (!grant) return "the vendor has given this account no claim grant";
  const bool by_claim_thing = !request.claim_thing_of.empty();
  if (by_claim_thing && request.claim_thing_of != module.vendor_account) return "it is another vendor's module";
  if (by_claim_thing && !grant->classic) return "the grant is not for claim-things";
  if (!is_staged(registry, module)) return "its vendor has it no longer, or not ACTIVE, in the staging account";
  const bool was_owned = module.status == CustodyStatus::owned_reset;
  const bool needs_voucher = was_owned || request.is_anonymous || (grant->proof != Proof::open && !by_claim_thing);
  if (needs_voucher && !request.voucher) return "no voucher was shown";
  if (!is_of_granted_lot(*grant, request)) return "the grant is for other lots (voucher keys) than the label's";
  if (request.voucher) {
    XL_TRY(const std::string reason, objection_to_voucher(registry, module, *request.voucher));
    if (!reason.empty()) return reason;
  }
  const bool needs_presence = was_owned || grant->proof == Proof::voucher_and_present;
  if (needs_presence && settings.session_of(module.vendor_account, module.thing_name).empty())
    return "the module is not connected to staging";
  return lock_of(registry, module);
}

/// The one module of this name; nullopt: there is none.
Result<std::optional<Custody>> module_of(const Registry& registry, const ClaimRequest& request) {
  XL_TRY(const auto modules, registry.custody().find_by_thing(request.thing_name));
  if (modules.empty()) return std::nullopt;
  if (modules.size() > 1) return refuse("duplicate_uid: several modules have this name");
  return modules.front();
}

Claim new_claim(const Settings& settings, const Account& customer, const Custody& module, UnixMillis now,
                std::int64_t run_time, const std::optional<Elsewhere>& elsewhere) {
  Claim claim;
  claim.id = new_claim_id(now);
  claim.account_id = customer.id;
  claim.vendor_account = module.vendor_account;
  claim.thing_name = module.thing_name;
  claim.fingerprint = module.fingerprint;
  claim.endpoint = elsewhere ? elsewhere->endpoint : endpoint_of(customer, settings.domain);
  claim.deadline = run_time + (elsewhere ? settings.times.reserved_elsewhere : settings.times.reserved).count();
  claim.created = claim.modified = now;
  return claim;
}

/// A claim that is RESERVED becomes PREPARED or FAILED_CONFIGURATION; for an account elsewhere that comes later.
Result<Claim> prepare_reserved(Registry& registry, const Settings& settings, const Account& customer, Claim claim,
                               UnixMillis now) {
  XL_TRY(const auto elsewhere, elsewhere_of(registry, customer.id));
  const Status prepared = registry.attempt([&] {
    return elsewhere ? ask_to_prepare(registry, claim, claim.template_name, now)
                     : prepare(registry, settings, customer, claim, claim.template_name, now);
  });
  if (prepared && elsewhere) return claim;
  const bool is_theirs =
      !prepared && (prepared.error().code == Errc::forbidden || prepared.error().code == Errc::invalid_argument);
  if (!prepared && !is_theirs) return fail(prepared.error());
  XL_TRY(const bool moved,
         move(registry, settings.times, claim, prepared ? ClaimEvent::prepared : ClaimEvent::misconfigured,
              prepared ? std::string() : prepared.error().detail, now));
  if (!moved) return fail(Error::internal("a reserved claim that cannot go on"));
  return claim;
}

Result<Claim> reserve_and_prepare(Registry& registry, const Settings& settings, const Account& customer,
                                  const Custody& module, const ClaimRequest& request, UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  XL_TRY(const auto elsewhere, elsewhere_of(registry, customer.id));
  Claim claim = new_claim(settings, customer, module, now, run_time, elsewhere);
  claim.template_name = request.template_name;
  XL_CHECK(registry.claims().insert(claim));
  const bool is_own = module.owner_account == customer.id;
  XL_CHECK(end_transfers(registry, customer, module.fingerprint, now));
  if (!is_own) {
    if (module.owner_account) {  // it was reset by whoever has it now: the owner before gives way
      XL_TRY(const Account before, registry.closed_accounts().find(*module.owner_account));
      XL_CHECK(end_transfers(registry, before, module.fingerprint, now));
      XL_CHECK(withdraw(registry, before, module.fingerprint, now));
    }
    const auto reserved = custody_after(claim, module);
    if (reserved) {
      XL_CHECK(registry.custody().change(*reserved, "claimed by account " + customer.name + " (claim " + claim.id + ")",
                                         now));
    }
  }
  return prepare_reserved(registry, settings, customer, claim, now);
}

/// More often than people sell their things (guide 11.5).
Status look_for_flapping(Registry& registry, std::string_view fingerprint, UnixMillis now) {
  constexpr std::chrono::hours kWithin{24};
  constexpr int kChangesMax = 4;
  XL_TRY(const auto history, registry.custody().history(fingerprint));
  std::optional<std::string> owner;
  int changes = 0;
  for (const CustodyEntry& entry : history) {
    if (entry.status != CustodyStatus::owned || entry.owner_account == owner) continue;
    owner = entry.owner_account;
    if (entry.at > now - kWithin) ++changes;
  }
  if (changes <= kChangesMax) return {};
  XL_TRY(const Custody module, registry.custody().find(fingerprint));
  return rules::note_finding_of_module(registry, FindingKind::flapping, module,
                                       "it has had " + std::to_string(changes) + " owners within a day", now);
}

Result<Claim> claim_of(const Registry& registry, const Account& customer, std::string_view id) {
  XL_TRY(Claim claim, registry.claims().find(id));
  if (claim.account_id != customer.id) return fail(Error::not_found("claim", id));
  return claim;
}

std::string state_text(const Claim& claim) {
  return "the claim " + claim.id + " is " + std::string(name_of(claim.state));
}

/// What a good label says of a module that nobody has seen: FREE, epoch 0, as nothing is stored of it. errors:
/// forbidden
Result<Custody> announced_module(const Registry& registry, const Account& customer, const ClaimRequest& request) {
  if (!request.voucher || request.fingerprint.empty()) return refuse("no module of this name was ever here");
  XL_TRY(const auto other, if_found(registry.custody().find(request.fingerprint)));
  if (other) return refuse("the label's certificate is that of another ThingName");
  XL_TRY(const auto grants, registry.claim_grants().of_customer(customer.id));
  for (const ClaimGrant& grant : grants) {
    XL_TRY(const bool is_vouched, is_vouched_for(registry, grant.vendor_account, request));
    if (!is_vouched || !is_of_granted_lot(grant, request)) continue;
    if (grant.proof == Proof::voucher_and_present) return refuse("the module is not connected to staging");
    return Custody{request.fingerprint, request.thing_name, grant.vendor_account, std::nullopt, CustodyStatus::free, 0};
  }
  return refuse(
      "no module of this name was ever here, and no vendor that lets this account claim has signed the label");
}

/// The module was never seen: its voucher reserves its fingerprint, and there is nothing yet that a customer's account
/// could be given.
Result<Claim> await_module(Registry& registry, const Settings& settings, const Account& customer, const Custody& module,
                           const ClaimRequest& request, UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  XL_TRY(const auto elsewhere, elsewhere_of(registry, customer.id));
  Claim claim = new_claim(settings, customer, module, now, run_time, elsewhere);
  claim.state = ClaimState::awaiting_module;
  claim.template_name = request.template_name;
  claim.deadline = run_time + settings.times.module_awaited.count();
  XL_CHECK(registry.claims().insert(claim));
  const auto reserved = custody_after(claim, module);
  if (!reserved) return fail(Error::internal("a new claim that reserves nothing"));
  XL_CHECK(registry.custody().change(
      *reserved, "claimed by account " + customer.name + " before it was ever seen (claim " + claim.id + ")", now));
  return claim;
}

/// Nobody has seen the module. Its vendor may have registered it already, which is as good.
Result<Claim> claim_announced(Registry& registry, const Settings& settings, const Account& customer,
                              const ClaimRequest& request, UnixMillis now) {
  XL_TRY(Custody module, announced_module(registry, customer, request));
  XL_TRY(const auto staged, if_found(registry.certificates().find(module.vendor_account, module.fingerprint)));
  if (!staged) return await_module(registry, settings, customer, module, request, now);
  if (staged->status != CertificateStatus::active)
    return refuse("its vendor has it, and not ACTIVE, in the staging account");
  XL_TRY(const DeviceCertificate device, settings.read_certificate(staged->pem));
  module.public_key = device.public_key;
  ++module.epoch;
  XL_CHECK(registry.custody().change(
      module, "registered by its vendor, and vouched for by key " + request.voucher->key_id, now));
  return reserve_and_prepare(registry, settings, customer, module, request, now);
}

/// The first connect of a module that was claimed before it was ever seen.
Status note_seen(Registry& registry, const Settings& settings, const Claim& claim, UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  auto next = after(claim, ClaimEvent::seen, settings.times, run_time);
  XL_TRY(const auto found, if_found(registry.accounts().find(claim.account_id)));
  if (!next || !found) return {};
  const Account& customer = *found;
  XL_TRY(const auto elsewhere, elsewhere_of(registry, customer.id));
  if (elsewhere) next->deadline = run_time + settings.times.reserved_elsewhere.count();
  next->modified = now;
  XL_CHECK(store(registry, *next, "the module was seen", now));
  return prepare_reserved(registry, settings, customer, *std::move(next), now).map([](const Claim&) {});
}

/// errors: forbidden with the true reason, which is for the vendor's ears
Result<Claim> claim_if_allowed(Registry& registry, const Settings& settings, const Account& customer,
                               const ClaimRequest& request, UnixMillis now) {
  // Whoever asks may have been let in just before the account was deleted.
  XL_TRY(const auto account, if_found(registry.accounts().find(customer.id)));
  if (!account) return refuse("the account is deleted");
  XL_TRY(const auto module_found, module_of(registry, request));
  if (!module_found) return claim_announced(registry, settings, customer, request, now);
  const Custody& module = *module_found;
  XL_TRY(auto live, if_found(registry.claims().live_of(module.fingerprint)));
  if (live && live->account_id == customer.id && !request.is_anonymous) return *std::move(live);
  if (live) return refuse("account " + live->account_id + " has claimed it");
  const bool is_own = module.owner_account == customer.id;
  if (is_own && module.status == CustodyStatus::owned && !request.is_anonymous) {
    XL_TRY(auto last, if_found(registry.claims().last_of(customer.id, module.fingerprint)));
    if (last && last->state == ClaimState::completed) return *std::move(last);
    return refuse("the account owns it already");
  }
  const bool is_free = module.status == CustodyStatus::free || module.status == CustodyStatus::owned_reset;
  if (!is_free) return refuse("it is not free");
  // An owner who calls a module back has it already: nobody else can show less than that.
  if (!is_own || request.is_anonymous) {
    XL_TRY(const std::string reason, objection(registry, settings, customer, module, request));
    if (!reason.empty()) return refuse(reason);
  }
  return reserve_and_prepare(registry, settings, customer, module, request, now);
}

/// A module that listens waits for no second transaction.
Result<Claim> tell_listener(Registry& registry, const Settings& settings, Claim claim, UnixMillis now) {
  if (claim.state != ClaimState::prepared || !settings.listening_session_of) return claim;
  const std::string session = settings.listening_session_of(claim.vendor_account, claim.thing_name);
  if (session.empty()) return claim;
  XL_TRY(const auto notice, begin_notify(registry, settings.times, claim.fingerprint, session, now));
  return notice ? registry.claims().find(claim.id) : Result<Claim>(std::move(claim));
}

}  // namespace

Result<Claim> claim_module(Registry& registry, const Settings& settings, const Account& customer,
                           const ClaimRequest& request, UnixMillis now) {
  XL_CHECK(rules::refuse_while_reconciling(registry));
  // Whoever lets strangers ask counts them: they must not shut the account itself out.
  const auto attempts = request.is_anonymous ? nullptr : settings.attempts;
  if (attempts && !attempts->allows(customer.id, now)) {
    return fail(Error::unavailable("Too many claims of this account were refused within a few minutes; try again in " +
                                   std::to_string(Attempts::kWindow.count()) + " minutes."));
  }
  auto claim = claim_if_allowed(registry, settings, customer, request, now);
  if (claim) return tell_listener(registry, settings, *std::move(claim), now);
  if (claim.error().code != Errc::forbidden) return claim;
  log::warn("onboarding", "claim refused",
            {{"account", customer.id}, {"thing", request.thing_name}, {"reason", claim.error().detail}});
  if (attempts) attempts->note_refusal(customer.id, now);
  return fail(Error::forbidden(std::string(kClaimRefused)));
}

Result<Claim> rehearse_claim(Registry& registry, const Settings& settings, const Account& customer,
                             const ClaimRequest& request, UnixMillis now) {
  std::optional<Result<Claim>> outcome;
  const Status undone = registry.attempt([&]() -> Status {
    outcome = claim_if_allowed(registry, settings, customer, request, now);
    return fail(Error::conflict("a rehearsal changes nothing"));
  });
  if (!outcome) return fail(undone.error());
  return *std::move(outcome);
}

bool has_news(const Registry& registry, std::string_view fingerprint, std::string_view session) {
  const auto claim = registry.claims().live_of(fingerprint);
  return claim && claim->notified_session != session && next_state(claim->state, ClaimEvent::told);
}

bool is_welcome(const Registry& registry, const Claim& claim) {
  return is_active(registry, claim.account_id, claim.fingerprint) || is_prepared_elsewhere(registry, claim);
}

std::optional<Notice> notice_for(const Registry& registry, std::string_view fingerprint, std::string_view session) {
  const auto claim = registry.claims().live_of(fingerprint);
  if (!claim || claim->state != ClaimState::notifying || claim->notified_session != session) return std::nullopt;
  return Notice{claim->id, claim->notify_attempts, claim->endpoint};
}

Result<std::optional<Notice>> begin_notify(Registry& registry, const ClaimTimes& times, std::string_view fingerprint,
                                           std::string_view session, UnixMillis now) {
  XL_TRY(const auto claim, if_found(registry.claims().live_of(fingerprint)));
  if (!claim) return std::nullopt;
  XL_TRY(const auto customer, if_found(registry.accounts().find(claim->account_id)));
  // A customer who is gone, or has switched the registration off, would refuse the module: it stays where it is.
  if (!customer || !is_welcome(registry, *claim)) return std::nullopt;
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  auto telling = tell(*claim, session, times, run_time);
  if (!telling) return std::nullopt;
  telling->claim.modified = now;
  if (!telling->is_sent) telling->claim.reason = "the module came back to staging each time it was told its endpoint";
  XL_CHECK(store(registry, telling->claim, "", now));
  if (!telling->is_sent) return std::nullopt;
  return Notice{telling->claim.id, telling->claim.notify_attempts, telling->claim.endpoint};
}

Result<bool> is_vouched_for(const Registry& registry, std::string_view vendor_account, const ClaimRequest& request) {
  if (!request.voucher || request.fingerprint.empty()) return false;
  const Custody module{request.fingerprint, request.thing_name, std::string(vendor_account), std::nullopt};
  XL_TRY(const std::string reason, objection_to_voucher(registry, module, *request.voucher));
  return reason.empty();
}

Status note_visit(Registry& registry, const Settings& settings, const Account& account, std::string_view fingerprint,
                  UnixMillis now) {
  XL_TRY(const auto open, if_found(registry.accounts().find(account.id)));
  if (!open) return refuse("the account was deleted while the module was connecting");
  XL_CHECK(provisioning::note_visit(registry, account, fingerprint, now));
  XL_CHECK(provisioning::note_sighting(registry, account, fingerprint));
  if (account.kind == AccountKind::customer) XL_CHECK(look_for_flapping(registry, fingerprint, now));
  XL_TRY(auto claim, if_found(registry.claims().live_of(fingerprint)));
  if (claim && claim->vendor_account == account.id && claim->state == ClaimState::awaiting_module)
    return note_seen(registry, settings, *claim, now);
  if (!claim || claim->account_id != account.id) return {};
  return note_arrival(registry, settings.times, *std::move(claim), now).map([](bool) {});
}

Result<bool> happen(Registry& registry, const ClaimTimes& times, Claim& claim, ClaimEvent event, std::string reason,
                    UnixMillis now) {
  return move(registry, times, claim, event, std::move(reason), now);
}

Result<bool> note_arrival(Registry& registry, const ClaimTimes& times, Claim claim, UnixMillis now) {
  XL_TRY(const bool arrived, move(registry, times, claim, ClaimEvent::arrived, "", now));
  if (!arrived && claim.state != ClaimState::confirmed) return false;
  return move(registry, times, claim, ClaimEvent::settled, "", now);
}

Status note_refusal(Registry& registry, const ClaimTimes& times, const Account& account, std::string_view fingerprint,
                    std::string_view reason, UnixMillis now) {
  XL_TRY(auto claim, if_found(registry.claims().live_of(fingerprint)));
  if (!claim || claim->account_id != account.id) return {};
  if (claim->stall == Stall::configuration && claim->reason == reason) return {};
  return move(registry, times, *claim, ClaimEvent::refused, std::string(reason), now).map([](bool) {});
}

bool is_stranded(const Registry& registry, std::string_view account_id, std::string_view fingerprint) {
  const auto last = registry.claims().last_of(account_id, fingerprint);
  return last && last->state == ClaimState::cancelled && last->reason.starts_with(kByForce);
}

Status note_stranded(Registry& registry, std::string_view account_id, std::string_view fingerprint, UnixMillis now) {
  XL_TRY(const Custody module, registry.custody().find(fingerprint));
  const std::string evidence = "it calls account " + std::string(account_id) +
                               ", whose claim was cancelled by force; a factory reset brings it home";
  XL_CHECK(
      rules::note_finding(registry, FindingKind::stranded, account_id, fingerprint, module.thing_name, evidence, now));
  return rules::note_finding_of_module(registry, FindingKind::stranded, module, evidence, now);
}

Status note_enumeration(Registry& registry, std::string_view account_id, UnixMillis now) {
  const std::string evidence = "account " + std::string(account_id) + " had " + std::to_string(Attempts::kRefusalsMax) +
                               " claims refused within " + std::to_string(Attempts::kWindow.count()) + " minutes";
  const auto note = [&](std::string_view whose) {
    return rules::note_finding(registry, FindingKind::claim_enumeration, whose, account_id, "", evidence, now);
  };
  XL_CHECK(note(account_id));
  XL_TRY(const auto grants, registry.claim_grants().of_customer(account_id));
  for (const ClaimGrant& grant : grants) XL_CHECK(note(grant.vendor_account));
  return {};
}

Status note_clock_jump(Registry& registry, std::chrono::seconds jump, UnixMillis now) {
  const std::string evidence = "the clock of this machine was set " +
                               std::string(jump.count() < 0 ? "back" : "forward") + " by " +
                               std::to_string(std::abs(jump.count())) + " seconds; deadlines of claims are not touched";
  XL_TRY(const auto accounts, registry.accounts().list());
  for (const Account& account : accounts) {
    if (account.kind != AccountKind::staging) continue;
    XL_CHECK(rules::note_finding(registry, FindingKind::clock_jump, account.id, "", "", evidence, now));
  }
  return {};
}

Result<Claim> cancel(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                     bool force, UnixMillis now) {
  XL_TRY(Claim claim, claim_of(registry, customer, id));
  if (claim.state == ClaimState::cancelled) return claim;
  if (!next_state(claim.state, ClaimEvent::cancelled))
    return fail(Error::conflict(state_text(claim) + ": it can no longer be cancelled."));
  const bool is_safe = may_cancel(claim, settings.session_of(claim.vendor_account, claim.thing_name));
  if (!is_safe && !force) {
    return fail(Error::conflict(state_text(claim) +
                                ": the module has been told its endpoint and may call it at any time. Wait until it is "
                                "back in staging, or cancel with force and lose a module that has moved."));
  }
  if (!is_safe) log::warn("onboarding", "claim cancelled by force", {{"claim", claim.id}, {"thing", claim.thing_name}});
  XL_CHECK(move(registry, settings.times, claim, ClaimEvent::cancelled, is_safe ? "" : std::string(kByForce), now)
               .map([](bool) {}));
  return claim;
}

Result<Claim> retry(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                    UnixMillis now) {
  XL_TRY(Claim claim, claim_of(registry, customer, id));
  if (claim.state == ClaimState::prepared) return claim;  // the module is told as soon as it listens
  XL_TRY(const bool moved, move(registry, settings.times, claim, ClaimEvent::retried, "", now));
  if (moved) return claim;
  return fail(Error::conflict(state_text(claim) + ": there is nothing to try again. Claim the module anew."));
}

}  // namespace xl::cloud::onboarding
