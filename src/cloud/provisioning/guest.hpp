// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "cloud/provisioning/jitp.hpp"

namespace xl::cloud::provisioning {

/// A module that a customer owns, back in staging, where it is no longer registered: no template runs, custody becomes
/// OWNED_RESET, a built-in policy lets it reach its own configuration and Quick Connect topics.
Result<Principal> admit_guest(Registry& registry, const Account& account, std::string_view certificate_id,
                              UnixMillis now);

}  // namespace xl::cloud::provisioning
