// SPDX-License-Identifier: Apache-2.0
// The way out of an account (docs/onboarding.md section 1). Inside the caller's transaction: all of it or nothing.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::onboarding {

struct Offboarded {
  bool was_there = false;                         ///< the thing was; false: an earlier call has done it all
  std::vector<std::string> deleted_certificates;  ///< their ids
  std::vector<std::string> kept_certificates;     ///< other things have them too: they were detached only
};

/// Takes a thing out of the account: its certificates with what is attached to them, its group memberships, the thing
/// itself. Policies stay, only their attachments go. A module that the account owned is free afterwards. Live sessions
/// end, and the account's own auto-registration does not bring the module back. Idempotent.
/// errors: conflict (a certificate is being transferred, or the account's claim for the module is under way)
Result<Offboarded> offboard(Registry& registry, const Account& account, std::string_view thing_name, UnixMillis now);

/// The same for one certificate, with the things that nobody else speaks for; whose the module is stays as it was.
/// Idempotent: what was never registered here is kept out as well. errors: conflict (it is being transferred)
Status withdraw(Registry& registry, const Account& account, std::string_view fingerprint, UnixMillis now);

/// Takes from a certificate of the account what it has: the things that nobody else speaks for, and the policies, which
/// stay in the account themselves.
Status strip(Registry& registry, const Account& account, std::string_view fingerprint);

}  // namespace xl::cloud::onboarding
