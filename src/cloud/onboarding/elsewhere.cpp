// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/elsewhere.hpp"

#include "cloud/ports/if_found.hpp"

namespace xl::cloud::onboarding {
namespace {

constexpr std::string_view kMark = "elsewhere: ";

Status store(Registry& registry, Errand& errand, UnixMillis now) {
  ++errand.version;
  errand.modified = now;
  return registry.errands().put(errand);
}

/// A line of its own in the claim's history; its state, its deadline and the reason of its state stay.
Status annotate(Registry& registry, const Errand& errand, std::string_view note, UnixMillis now) {
  XL_TRY(auto claim, if_found(registry.claims().find(errand.claim_id)));
  if (!claim) return {};
  std::string reason = claim->reason.substr(0, claim->reason.find(kMark));
  if (!reason.empty() && !reason.ends_with("; ")) reason += "; ";
  claim->reason = reason + std::string(kMark) + std::string(note);
  claim->modified = now;
  ++claim->epoch;
  return registry.claims().update(*claim);
}

}  // namespace

Result<std::optional<Elsewhere>> elsewhere_of(const Registry& registry, std::string_view account_id) {
  return if_found(registry.elsewhere().find(account_id));
}

Result<std::string> endpoint_told(const Registry& registry, const Account& account, const std::string& domain) {
  XL_TRY(const auto elsewhere, elsewhere_of(registry, account.id));
  return elsewhere ? elsewhere->endpoint : endpoint_of(account, domain);
}

Status ask_to_prepare(Registry& registry, const Claim& claim, std::string_view template_name, UnixMillis now) {
  if (!template_name.empty()) {
    return fail(
        Error::forbidden("the account is in another installation, where templates of this one mean nothing: "
                         "claim without templateName, and name a policy (account elsewhere --policy)"));
  }
  XL_TRY(const auto known, if_found(registry.errands().find(claim.account_id, claim.fingerprint)));
  Errand errand = known.value_or(Errand{});
  if (!known) errand.version = 0;
  errand.account_id = claim.account_id;
  errand.fingerprint = claim.fingerprint;
  errand.thing_name = claim.thing_name;
  errand.claim_id = claim.id;
  errand.stage = ErrandStage::prepare;
  errand.problem.clear();
  return store(registry, errand, now);
}

Status ask_to_withdraw(Registry& registry, std::string_view account_id, std::string_view fingerprint, UnixMillis now) {
  XL_TRY(auto errand, if_found(registry.errands().find(account_id, fingerprint)));
  if (!errand || errand->stage == ErrandStage::withdraw) return {};
  if (!errand->is_sent) return registry.errands().remove(*errand);
  errand->stage = ErrandStage::withdraw;
  errand->problem.clear();
  return store(registry, *errand, now);
}

bool is_prepared_elsewhere(const Registry& registry, const Claim& claim) {
  const auto errand = registry.errands().find(claim.account_id, claim.fingerprint);
  return errand && errand->claim_id == claim.id && errand->stage == ErrandStage::watch;
}

Status note_sent(Registry& registry, Errand& seen, bool has_thing, UnixMillis now) {
  if (seen.is_sent) return {};  // from then on a thing that is there may be of our own making
  seen.is_sent = true;
  seen.keeps_thing = has_thing;
  return store(registry, seen, now);
}

Status note_prepared(Registry& registry, const ClaimTimes& times, Errand seen, std::int64_t seen_before,
                     UnixMillis now) {
  seen.stage = ErrandStage::watch;
  seen.seen_before = seen_before;
  seen.problem.clear();
  XL_CHECK(store(registry, seen, now));
  XL_TRY(auto claim, if_found(registry.claims().find(seen.claim_id)));
  if (!claim) return {};
  return happen(registry, times, *claim, ClaimEvent::prepared, "", now).map([](bool) {});
}

Status note_misconfigured(Registry& registry, const ClaimTimes& times, Errand seen, const std::string& reason,
                          UnixMillis now) {
  // An owner who calls a module back keeps what there is; what a claim alone has brought is withdrawn with it.
  seen.stage = ErrandStage::kept;
  seen.problem = reason;
  XL_CHECK(store(registry, seen, now));
  XL_TRY(auto claim, if_found(registry.claims().find(seen.claim_id)));
  if (!claim) return {};
  return happen(registry, times, *claim, ClaimEvent::misconfigured, reason, now).map([](bool) {});
}

Status note_waiting(Registry& registry, Errand seen, const std::string& reason, UnixMillis now) {
  if (seen.problem == reason) return {};
  seen.problem = reason;
  XL_CHECK(store(registry, seen, now));
  return annotate(registry, seen, reason, now);
}

Status note_withdrawn(Registry& registry, const Errand& seen, UnixMillis now) {
  XL_CHECK(registry.errands().remove(seen));
  return annotate(registry, seen, "the module was withdrawn from the account", now);
}

Status note_refused_elsewhere(Registry& registry, const ClaimTimes& times, const Errand& seen,
                              const std::string& reason, UnixMillis now) {
  XL_TRY(const auto errand, if_found(registry.errands().find(seen.account_id, seen.fingerprint)));
  if (!errand || errand->version != seen.version || errand->stage != ErrandStage::watch) return {};
  XL_TRY(const Account customer, registry.accounts().find(seen.account_id));
  return note_refusal(registry, times, customer, seen.fingerprint, reason, now);
}

Status note_kept(Registry& registry, Errand seen, UnixMillis now) {
  seen.stage = ErrandStage::kept;
  return store(registry, seen, now);
}

Status note_arrival_elsewhere(Registry& registry, const ClaimTimes& times, Errand seen, UnixMillis now) {
  seen.stage = ErrandStage::kept;
  XL_CHECK(store(registry, seen, now));
  XL_TRY(auto claim, if_found(registry.claims().find(seen.claim_id)));
  return claim ? note_arrival(registry, times, *claim, now).map([](bool) {}) : Status();
}

Result<Claim> confirm(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                      UnixMillis now) {
  XL_TRY(Claim claim, registry.claims().find(id));
  if (claim.account_id != customer.id) return fail(Error::not_found("claim", id));
  if (claim.state == ClaimState::completed) return claim;
  XL_TRY(const auto elsewhere, elsewhere_of(registry, customer.id));
  if (!elsewhere) {
    return fail(Error::conflict("the account is in this installation: the module's own connection confirms claim " +
                                claim.id + ", nobody's word does."));
  }
  if (!next_state(claim.state, ClaimEvent::arrived) && claim.state != ClaimState::confirmed) {
    return fail(Error::conflict("the claim " + claim.id + " is " + std::string(name_of(claim.state)) +
                                ": there is no arrival to confirm."));
  }
  if (!settings.session_of(claim.vendor_account, claim.thing_name).empty()) {
    return fail(Error::conflict("the module of claim " + claim.id +
                                " is connected to its vendor's staging account now: it has not moved."));
  }
  XL_CHECK(note_arrival(registry, settings.times, claim, now).map([](bool) {}));
  return registry.claims().find(id);
}

}  // namespace xl::cloud::onboarding
