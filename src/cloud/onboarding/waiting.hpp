// SPDX-License-Identifier: Apache-2.0
// Claims that nothing happens to: what becomes of them when time has passed (docs/onboarding.md "The saga"). Every
// function runs inside the caller's transaction; those that are given a claim as it was `seen` do nothing when it has
// gone on meanwhile.
#pragma once
#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

/// Claims whose time is over, at most `limit` of them: how many.
Result<std::size_t> expire(Registry& registry, const ClaimTimes& times, std::size_t limit, UnixMillis now);
/// CONFIRMED, and nothing has finished it.
Status settle(Registry& registry, const ClaimTimes& times, const Claim& seen, UnixMillis now);
/// The module has left staging and not arrived (R4).
Status note_lost(Registry& registry, const ClaimTimes& times, const Claim& seen, UnixMillis now);
/// The module is connected to staging by this session, and has been all the time that it had to move: it does not act,
/// or does not listen, or the customer's account would not take it and it is not told.
Status note_stayed(Registry& registry, const ClaimTimes& times, const Claim& seen, std::string_view session,
                   UnixMillis now);

}  // namespace xl::cloud::onboarding
