// SPDX-License-Identifier: Apache-2.0
// The classic way to claim (guide 11.3.1): a thing of the vendor's staging account, whose certificate a customer has,
// publishes a module's new endpoint on {ThingName}/expresslink_config. What it publishes is a claim of that customer's.
#pragma once
#include <string>
#include <string_view>

#include "cloud/onboarding/claims.hpp"

namespace xl::cloud::onboarding {

/// Registers the certificate in the vendor's account as the customer's claim-thing, with a policy that lets it do
/// nothing else; the one it had before goes. Idempotent. `issuer_der`: who issued it. errors: forbidden (no grant, or
/// not a classic one), conflict (the certificate has another use in the vendor's account, or is a module's)
Status give_claim_thing(Registry& registry, const Account& vendor, const Account& customer, Certificate certificate,
                        std::string_view issuer_der, UnixMillis now);
/// Idempotent.
Status take_claim_thing(Registry& registry, const Account& vendor, const Account& customer, UnixMillis now);

/// The claim-thing's name in the vendor's account, and the beginning of the client ids that it may use.
std::string claim_thing_name(const Account& customer);

/// What the claim-thing of `customer` has published about a module of the vendor's.
/// errors: invalid_argument (not {"Endpoint": …}), forbidden (another account's endpoint, or as claim_module()),
/// conflict (the customer's account cannot take the module: the reason)
Result<Claim> claim_by_message(Registry& registry, const Settings& settings, const Account& vendor,
                               std::string_view customer_id, std::string_view thing_name, std::string_view payload,
                               UnixMillis now);

}  // namespace xl::cloud::onboarding
