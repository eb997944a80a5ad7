// SPDX-License-Identifier: Apache-2.0
#include "cloud/onboarding/saga.hpp"

#include <array>

namespace xl::cloud::onboarding {
namespace {

using enum ClaimEvent;
using S = ClaimState;

// clang-format off
constexpr std::array kTransitions{
    Transition{S::awaiting_module, seen,          S::reserved},
    Transition{S::awaiting_module, arrived,       S::confirmed},
    Transition{S::awaiting_module, expired,       S::expired},
    Transition{S::awaiting_module, cancelled,     S::cancelled},
    Transition{S::reserved,        prepared,      S::prepared},
    Transition{S::reserved,        misconfigured, S::failed_configuration},
    Transition{S::reserved,        expired,       S::expired},
    Transition{S::reserved,        cancelled,     S::cancelled},
    Transition{S::prepared,        told,          S::notifying},
    Transition{S::prepared,        arrived,       S::confirmed},
    Transition{S::prepared,        expired,       S::rolled_back},
    Transition{S::prepared,        cancelled,     S::cancelled},
    Transition{S::notifying,       told,          S::notifying},
    Transition{S::notifying,       retried,       S::notifying},
    Transition{S::notifying,       looping,       S::stalled},
    Transition{S::notifying,       lost,          S::stalled},
    Transition{S::notifying,       stayed,        S::stalled},
    Transition{S::notifying,       refused,       S::stalled},
    Transition{S::notifying,       arrived,       S::confirmed},
    Transition{S::notifying,       cancelled,     S::cancelled},
    Transition{S::stalled,         told,          S::notifying},
    Transition{S::stalled,         retried,       S::notifying},
    Transition{S::stalled,         refused,       S::stalled},
    Transition{S::stalled,         arrived,       S::confirmed},
    Transition{S::stalled,         cancelled,     S::cancelled},
    Transition{S::confirmed,       settled,       S::completed},
};
// clang-format on

Stall stall_of(ClaimEvent event) {
  if (event == looping || event == stayed) return Stall::loop;
  if (event == lost) return Stall::unreachable;
  if (event == refused) return Stall::configuration;
  return Stall::none;
}

std::optional<std::int64_t> deadline_of(ClaimState state, const ClaimTimes& times, std::int64_t run_time) {
  switch (state) {
    case S::awaiting_module:
      return run_time + times.module_awaited.count();
    case S::reserved:
      return run_time + times.reserved.count();
    case S::prepared:
      return run_time + times.offline_hold.count();
    default:
      return std::nullopt;  // from notifying on nothing removes what the module may need
  }
}

}  // namespace

std::span<const Transition> transitions() { return kTransitions; }

std::optional<ClaimState> next_state(ClaimState from, ClaimEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

std::optional<Claim> after(const Claim& claim, ClaimEvent event, const ClaimTimes& times, std::int64_t run_time) {
  const auto state = next_state(claim.state, event);
  if (!state) return std::nullopt;
  Claim next = claim;
  next.state = *state;
  next.stall = stall_of(event);
  next.reason.clear();
  next.deadline = deadline_of(*state, times, run_time);
  ++next.epoch;
  if (event == retried) {
    next.notified_session.clear();
    next.window_attempts = 0;
  }
  return next;
}

std::optional<Telling> tell(const Claim& claim, std::string_view session, const ClaimTimes& times,
                            std::int64_t run_time) {
  if (claim.notified_session == session) return std::nullopt;
  const bool is_new_window = claim.window_attempts == 0 || run_time - claim.window_began > times.loop_window.count();
  if (!is_new_window && claim.window_attempts >= times.loop_attempts) {
    auto stalled = after(claim, looping, times, run_time);
    if (!stalled) return std::nullopt;
    return Telling{*std::move(stalled), false};
  }
  auto next = after(claim, told, times, run_time);
  if (!next) return std::nullopt;
  next->notified_session = session;
  ++next->notify_attempts;
  next->window_attempts = is_new_window ? 1 : claim.window_attempts + 1;
  if (is_new_window) next->window_began = run_time;
  return Telling{*std::move(next), true};
}

bool may_cancel(const Claim& claim, std::string_view session) {
  if (!next_state(claim.state, cancelled)) return false;
  return !claim.may_have_moved() || (!session.empty() && session != claim.notified_session);
}

std::optional<Custody> custody_after(const Claim& claim, const Custody& custody) {
  Custody next = custody;
  ++next.epoch;
  switch (claim.state) {
    case S::awaiting_module:
    case S::reserved:
      next.status = CustodyStatus::reserved;
      next.owner_account = claim.account_id;
      break;
    case S::confirmed:
    case S::completed:
      next.status = CustodyStatus::owned;
      next.owner_account = claim.account_id;
      break;
    case S::expired:
    case S::failed_configuration:
    case S::rolled_back:
    case S::cancelled:
      // Only what the claim itself has reserved: a module that was its owner's before stays so.
      if (custody.status != CustodyStatus::reserved || custody.owner_account != claim.account_id) return std::nullopt;
      next.status = CustodyStatus::free;
      next.owner_account.reset();
      break;
    case S::prepared:
    case S::notifying:
    case S::stalled:
      return std::nullopt;
  }
  if (next.status == custody.status && next.owner_account == custody.owner_account) return std::nullopt;
  return next;
}

}  // namespace xl::cloud::onboarding
