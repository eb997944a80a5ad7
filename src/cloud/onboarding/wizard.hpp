// SPDX-License-Identifier: Apache-2.0
// The claim wizard of a customer account (guide 11.3.1): people without an account of their own claim modules for it by
// their labels. docs/security.md "Pages" has its rules.
#pragma once
#include <string_view>

#include "cloud/onboarding/claims.hpp"

namespace xl::cloud::onboarding {

/// Off until somebody switches it on.
Result<bool> has_wizard(const Registry& registry, const Account& account);
/// errors: invalid_argument (a vendor's account, which claims nothing)
Status set_wizard(Registry& registry, const Account& account, bool is_on);

/// How long a visitor's browser may follow the claim that it has made.
inline constexpr std::chrono::days kVisitorGrantLifetime{90};

/// claim_module() for a visitor of whom nothing is known but a secret of his browser, kept as its hash. The same
/// visitor gets the claim that he has made, so that a lost answer costs nothing.
/// errors: forbidden (kClaimRefused)
Result<Claim> claim_as_visitor(Registry& registry, const Settings& settings, const Account& customer,
                               ClaimRequest request, std::string_view visitor_sha256, UnixMillis now);
/// The claim, if this visitor has made it. errors: not_found (unknown, or somebody else's)
Result<Claim> claim_of_visitor(const Registry& registry, const Account& customer, std::string_view claim_id,
                               std::string_view visitor_sha256, UnixMillis now);
/// Whether the module is still where the claim has brought it, and nobody has claimed it since.
Result<bool> is_current(const Registry& registry, const Claim& claim);

}  // namespace xl::cloud::onboarding
