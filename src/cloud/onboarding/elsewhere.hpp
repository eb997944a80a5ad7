// SPDX-License-Identifier: Apache-2.0
// The customer's side of a claim when its account is in another installation (docs/onboarding.md "A customer
// elsewhere"): what is to be done there is written down here, in the transaction that wants it, and done later by
// ErrandRound. Every function runs inside the caller's transaction.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/model/elsewhere.hpp"
#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

/// Of an account that stands in for another; nullopt: the account is here.
Result<std::optional<Elsewhere>> elsewhere_of(const Registry& registry, std::string_view account_id);
/// The host that the account's modules are told.
Result<std::string> endpoint_told(const Registry& registry, const Account& account, const std::string& domain);

/// The claim is RESERVED, and the account elsewhere is to get its module. errors: forbidden (a template of the account
/// here was named)
Status ask_to_prepare(Registry& registry, const Claim& claim, std::string_view template_name, UnixMillis now);
/// The account has lost the module. Nothing when it is here, or elsewhere nothing can have happened yet. Idempotent.
Status ask_to_withdraw(Registry& registry, std::string_view account_id, std::string_view fingerprint, UnixMillis now);
/// The account elsewhere has the claim's module.
bool is_prepared_elsewhere(const Registry& registry, const Claim& claim);

// What became of an errand. `seen` is as the caller has read it; errors: conflict (somebody has changed it meanwhile:
// read again, and do not repeat what was done).

/// A call that changes something is about to be made. `has_thing`: the account has a thing of this name now.
Status note_sent(Registry& registry, Errand& seen, bool has_thing, UnixMillis now);
/// `seen_before`: Errand::seen_before.
Status note_prepared(Registry& registry, const ClaimTimes& times, Errand seen, std::int64_t seen_before,
                     UnixMillis now);
/// The account elsewhere does not take the module: the claim becomes FAILED_CONFIGURATION.
Status note_misconfigured(Registry& registry, const ClaimTimes& times, Errand seen, const std::string& reason,
                          UnixMillis now);
/// It could not be done just now. The claim's history has the reason, once until it is another one.
Status note_waiting(Registry& registry, Errand seen, const std::string& reason, UnixMillis now);
Status note_withdrawn(Registry& registry, const Errand& seen, UnixMillis now);
/// The account elsewhere would not let the module in, which may be on its way: the claim becomes STALLED
/// (configuration).
Status note_refused_elsewhere(Registry& registry, const ClaimTimes& times, const Errand& seen,
                              const std::string& reason, UnixMillis now);
/// Nobody waits for the module any longer.
Status note_kept(Registry& registry, Errand seen, UnixMillis now);
/// The account elsewhere says that the module is connected to it.
Status note_arrival_elsewhere(Registry& registry, const ClaimTimes& times, Errand seen, UnixMillis now);

/// The customer's word that the module has arrived in its account elsewhere. Idempotent. errors: not_found, conflict
/// (says what speaks against it)
Result<Claim> confirm(Registry& registry, const Settings& settings, const Account& customer, std::string_view id,
                      UnixMillis now);

}  // namespace xl::cloud::onboarding
