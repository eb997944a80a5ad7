// SPDX-License-Identifier: Apache-2.0
// The life of a claim (docs/onboarding.md "The saga"): every transition there is, as values. Nothing here reads a clock
// or a registry; claims.hpp does both and is the only one who stores what these functions return.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "cloud/model/claim.hpp"
#include "cloud/model/custody.hpp"

namespace xl::cloud::onboarding {

enum class ClaimEvent {
  seen,           ///< the module has come to staging for the first time
  prepared,       ///< the customer account knows it
  misconfigured,  ///< the customer account cannot take it
  told,           ///< its new endpoint is about to be written to its staging session
  looping,        ///< it was told too often and came back each time
  lost,           ///< it left staging and did not arrive in time
  stayed,         ///< it is in staging all the time and does not act on what it was told
  refused,        ///< the customer account does not take it: it was refused there, or it would be
  arrived,        ///< the customer account has accepted its CONNECT
  settled,        ///< custody is the customer's
  expired,        ///< it was in its state for too long
  cancelled,      ///< by the customer or the vendor
  retried         ///< by the customer: tell it once more
};

struct Transition {
  ClaimState from;
  ClaimEvent event;
  ClaimState to;
};
/// The whole table; what is not in it changes nothing.
std::span<const Transition> transitions();
std::optional<ClaimState> next_state(ClaimState from, ClaimEvent event);

/// How long a claim may wait, in the installation's run time.
struct ClaimTimes {
  std::chrono::milliseconds module_awaited = std::chrono::days(30);  ///< AWAITING_MODULE
  std::chrono::milliseconds reserved = std::chrono::minutes(15);     ///< RESERVED
  /// RESERVED, when the customer's account is in another installation, which may be down for a while.
  std::chrono::milliseconds reserved_elsewhere = std::chrono::days(1);
  std::chrono::milliseconds offline_hold = std::chrono::days(30);  ///< PREPARED: nothing was sent yet
  /// From leaving staging, or from being told and staying there, to STALLED.
  std::chrono::milliseconds arrival = std::chrono::minutes(10);
  std::chrono::milliseconds loop_window = std::chrono::minutes(15);
  std::int64_t loop_attempts = 5;
};

/// The claim after the event, its epoch one higher and its deadline set; nullopt: the event changes nothing.
std::optional<Claim> after(const Claim& claim, ClaimEvent event, const ClaimTimes& times, std::int64_t run_time);

/// A staging session of the module listens for its configuration. R2, R3: a session is told once, and not at all when
/// the module came back from too many.
struct Telling {
  Claim claim;  ///< to be stored before anything is sent
  bool is_sent = false;
};
std::optional<Telling> tell(const Claim& claim, std::string_view session, const ClaimTimes& times,
                            std::int64_t run_time);

/// R5: once the module may have moved, only while it is back in staging on a session that has been told nothing.
/// `session`: its staging session that is open now; empty: none is.
bool may_cancel(const Claim& claim, std::string_view session);

/// Custody of the claim's module after the claim has changed; nullopt: as it was.
std::optional<Custody> custody_after(const Claim& claim, const Custody& custody);

}  // namespace xl::cloud::onboarding
