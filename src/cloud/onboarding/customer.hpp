// SPDX-License-Identifier: Apache-2.0
// The customer's side of a claim when its account is in this installation.
#pragma once
#include <string_view>

#include "cloud/onboarding/claims.hpp"

namespace xl::cloud::onboarding {

/// Makes the module known in the customer's account, ACTIVE, with thing and policies as the template says, and tries
/// what the module will do first: connect. Idempotent.
/// errors: forbidden, invalid_argument (what the account has to change)
Status prepare(Registry& registry, const Settings& settings, const Account& customer, const Claim& claim,
               std::string_view template_name, UnixMillis now);

}  // namespace xl::cloud::onboarding
