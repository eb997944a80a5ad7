// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/waiting.hpp"

#include <optional>
#include <string>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/if_found.hpp"

namespace xl::cloud::onboarding {
namespace {

Status happen_unless_gone_on(Registry& registry, const ClaimTimes& times, const Claim& seen, ClaimEvent event,
                             const std::string& reason, UnixMillis now) {
  XL_TRY(auto claim, if_found(registry.claims().find(seen.id)));
  if (!claim || claim->epoch != seen.epoch) return {};
  return happen(registry, times, *claim, event, reason, now).map([](bool) {});
}

}  // namespace

Result<std::size_t> expire(Registry& registry, const ClaimTimes& times, std::size_t limit, UnixMillis now) {
  XL_TRY(const std::int64_t run_time, registry.claims().run_time());
  XL_TRY(auto due, registry.claims().due(run_time, limit));
  for (Claim& claim : due) {
    XL_TRY(const bool moved, happen(registry, times, claim, ClaimEvent::expired, "its time was over", now));
    if (!moved) return fail(Error::internal("claim " + claim.id + " has a deadline in a state without one"));
  }
  return due.size();
}

Status settle(Registry& registry, const ClaimTimes& times, const Claim& seen, UnixMillis now) {
  return happen_unless_gone_on(registry, times, seen, ClaimEvent::settled, "", now);
}

Status note_lost(Registry& registry, const ClaimTimes& times, const Claim& seen, UnixMillis now) {
  return happen_unless_gone_on(registry, times, seen, ClaimEvent::lost, "it left staging and has not arrived", now);
}

Status note_stayed(Registry& registry, const ClaimTimes& times, const Claim& seen, std::string_view session,
                   UnixMillis now) {
  if (seen.notified_session == session) {
    return happen_unless_gone_on(registry, times, seen, ClaimEvent::stayed,
                                 "the module was told its endpoint and stays connected to staging: it does not act on "
                                 "the message",
                                 now);
  }
  if (!is_welcome(registry, seen)) {
    return happen_unless_gone_on(registry, times, seen, ClaimEvent::refused,
                                 "the module is back in staging, and is not told its endpoint again while its "
                                 "certificate is not ACTIVE in the customer's account",
                                 now);
  }
  return happen_unless_gone_on(registry, times, seen, ClaimEvent::stayed,
                               "the module is back in staging and has not subscribed to its configuration topic, on "
                               "which it would be told its endpoint again",
                               now);
}

}  // namespace xl::cloud::onboarding
