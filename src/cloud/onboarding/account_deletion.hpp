// SPDX-License-Identifier: Apache-2.0
// The end of an account (docs/onboarding.md "An account is deleted"): closed in one transaction, after which nobody can
// do anything in it, then emptied in pieces that are small enough for everybody else to go on. A crash anywhere leaves
// a closed account that the next attempt empties.
#pragma once
#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

struct DeletionOptions {
  bool orphan = false;               ///< its modules become free, whatever its claims have come to
  bool give_up_withdrawals = false;  ///< what its account elsewhere has not let go yet stays there
};

/// What stands in the way of a deletion, with what to do about it, a line each; empty: nothing.
std::string objections_to_deletion(const Account& account, const AccountHoldings& holdings,
                                   const DeletionOptions& options);

/// The account's keys, grants, claim-things and CAs are gone; its sessions end. errors: conflict (the objections)
Status close_account(Registry& registry, const Account& account, const DeletionOptions& options, UnixMillis now);

/// At most `limit` things of a closed account go: claims end, modules become free, rows are deleted. False: there was
/// nothing left but what its account elsewhere is still to let go. errors: those of the registry
Result<bool> empty_account(Registry& registry, const Account& account, const DeletionOptions& options,
                           std::size_t limit, UnixMillis now);

/// After empty_account() has said false. errors: unavailable (modules are still to be withdrawn from the account
/// elsewhere, and are not given up)
Status finish_account(Registry& registry, const Account& account, const DeletionOptions& options, UnixMillis now);

}  // namespace xl::cloud::onboarding
