// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/sweep.hpp"

#include <algorithm>
#include <set>

#include "base/log.hpp"
#include "cloud/onboarding/offboard.hpp"
#include "cloud/ports/if_found.hpp"
#include "cloud/provisioning/enact.hpp"
#include "cloud/provisioning/jitp.hpp"

namespace xl::cloud::onboarding {
namespace {

/// The template would make the thing as it is: nothing that somebody has added to it is lost.
Result<bool> makes_the_same(const Registry& registry, const Certificate& certificate, const std::string& thing_name,
                            const provisioning::Plan& plan) {
  XL_TRY(const auto thing, if_found(registry.things().find(certificate.account_id, thing_name)));
  if (!thing || !plan.activate || plan.thing_name != thing_name) return false;
  if (plan.attributes != thing->attributes || plan.thing_type != thing->type_name) return false;
  XL_TRY(const auto groups, registry.thing_groups().groups_of(certificate.account_id, thing_name));
  if (std::set(groups.begin(), groups.end()) != std::set(plan.thing_groups.begin(), plan.thing_groups.end()))
    return false;
  XL_TRY(const auto attached, registry.policies().attached_to(certificate.account_id, certificate.id));
  std::set<std::string> policies, planned;
  for (const Policy& policy : attached) policies.insert(policy.name);
  for (const auto& policy : plan.policies) planned.insert(policy.name);
  return policies == planned;
}

/// One certificate, one thing, each the other's alone.
Result<bool> is_pair(const Registry& registry, const StagedRegistration& staged) {
  XL_TRY(const auto links,
         registry.things().links_of_certificate(staged.account_id, staged.certificate_id, {.after = "", .limit = 2}));
  if (links.items.size() != 1 || links.items.front().exclusive) return false;
  if (links.items.front().thing_name != staged.thing_name) return false;
  XL_TRY(const auto principals, registry.things().principals_of(staged.account_id, staged.thing_name));
  return principals.size() == 1;
}

/// Somebody counts on the registration as it is.
Result<bool> is_needed(const Registry& registry, const StagedRegistration& staged) {
  XL_TRY(const auto claim, if_found(registry.claims().live_of(staged.certificate_id)));
  if (claim) return true;
  XL_TRY(const auto grant,
         if_found(registry.claim_grants().find_by_claim_certificate(staged.account_id, staged.certificate_id)));
  return grant.has_value();
}

Status take_away(Registry& registry, const Account& account, const StagedRegistration& staged, UnixMillis now) {
  XL_CHECK(strip(registry, account, staged.certificate_id));
  XL_CHECK(registry.certificates().set_status(account.id, staged.certificate_id, CertificateStatus::dormant, now));
  return registry.sightings().remove(account.id, staged.certificate_id);
}

/// Tried, and undone: a thing type that is deprecated by now, or a limit that was lowered, would keep the module out.
Result<bool> would_wake(Registry& registry, const Account& account, const StagedRegistration& staged,
                        const DeviceCertificate& device, UnixMillis now) {
  bool has_woken = false;
  const Status undone = registry.attempt([&]() -> Status {
    XL_CHECK(take_away(registry, account, staged, now));
    XL_CHECK(provisioning::wake(registry, account, device, CertificateStatus::active, now));
    has_woken = true;
    return fail(Error::conflict("it stays as it is"));
  });
  const bool is_answer = has_woken || undone.error().code == Errc::forbidden ||
                         undone.error().code == Errc::invalid_argument || undone.error().code == Errc::conflict;
  return is_answer ? Result<bool>(has_woken) : fail(undone.error());
}

/// Still, and in a custody that lets a sweep touch it.
Result<bool> is_unseen(const Registry& registry, const SweepTimes& times, const StagedRegistration& staged,
                       std::int64_t run_time) {
  XL_TRY(const auto seen, if_found(registry.sightings().find(staged.account_id, staged.certificate_id)));
  XL_TRY(const auto custody, if_found(registry.custody().find(staged.certificate_id)));
  if (!seen || !custody) return false;
  const std::chrono::milliseconds away(run_time - *seen);
  if (custody->status == CustodyStatus::owned) return away > times.moved;
  const bool is_anybodys = custody->status == CustodyStatus::free || custody->status == CustodyStatus::owned_reset;
  return is_anybodys && away > times.stale;
}

Result<bool> may_sweep(Registry& registry, const Settings& settings, const Account& account,
                       const StagedRegistration& staged, UnixMillis now) {
  XL_TRY(const bool needed, is_needed(registry, staged));
  XL_TRY(const bool pair, is_pair(registry, staged));
  XL_TRY(const Certificate certificate, registry.certificates().find(staged.account_id, staged.certificate_id));
  if (needed || !pair || certificate.status != CertificateStatus::active) return false;
  XL_TRY(const auto ca,
         if_found(registry.ca_certificates().find(staged.account_id, certificate.ca_certificate_id.value_or(""))));
  if (!ca || (ca->template_name.empty() && ca->template_body.empty())) return false;
  XL_TRY(const DeviceCertificate device, settings.read_certificate(certificate.pem));
  const auto plan = provisioning::plan_of(registry, *ca, device);
  if (!plan) return false;
  XL_TRY(const bool is_same, makes_the_same(registry, certificate, staged.thing_name, *plan));
  return is_same ? would_wake(registry, account, staged, device, now) : false;
}

}  // namespace

Result<std::vector<StagedRegistration>> unseen(const Registry& view, const SweepTimes& times, std::string_view after,
                                               std::size_t limit) {
  XL_TRY(const std::int64_t run_time, view.claims().run_time());
  return view.sightings().unseen(run_time - times.stale.count(), run_time - times.moved.count(), after, limit);
}

Result<std::size_t> sweep(Registry& registry, const Settings& settings, const SweepTimes& times,
                          const std::vector<StagedRegistration>& candidates, UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  std::size_t count = 0;
  for (const StagedRegistration& staged : candidates) {
    XL_TRY(const bool is_away, is_unseen(registry, times, staged, run_time));
    if (!is_away) continue;
    if (!settings.session_of(staged.account_id, staged.thing_name).empty()) {
      XL_CHECK(registry.sightings().note(staged.account_id, staged.certificate_id, run_time));
      continue;
    }
    XL_TRY(const auto account, if_found(registry.accounts().find(staged.account_id)));
    if (!account) continue;  // it is being deleted
    XL_TRY(const bool may, may_sweep(registry, settings, *account, staged, now));
    if (!may) continue;
    XL_CHECK(take_away(registry, *account, staged, now));
    log::info("onboarding", "staged thing put away", {{"thing", staged.thing_name}, {"account", account->id}});
    ++count;
  }
  return count;
}

}  // namespace xl::cloud::onboarding
