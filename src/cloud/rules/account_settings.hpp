// SPDX-License-Identifier: Apache-2.0
// What is on or off for an account as a whole. Whoever runs the cloud sets it; a running server obeys at once.
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::cloud::rules {

/// Their names are stored.
inline constexpr std::string_view kClaimWizard = "claim-wizard";
/// Connects whose login string contradicts the certificate are refused (docs/security.md "Login strings").
inline constexpr std::string_view kEnforceLoginStrings = "enforce-login-strings";

Result<bool> is_on(const Registry& registry, std::string_view account_id, std::string_view setting);
Status set(Registry& registry, std::string_view account_id, std::string_view setting, bool is_on);

}  // namespace xl::cloud::rules
