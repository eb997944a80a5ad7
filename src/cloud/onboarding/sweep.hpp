// SPDX-License-Identifier: Apache-2.0
// Vendors' accounts are kept clean (guide 11.5): registrations of modules that have moved to a customer, or that nobody
// has seen for long, are put away. Custody stays as it is, and so does what a claim needs of the certificate.
#pragma once
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/onboarding/claims.hpp"

namespace xl::cloud::onboarding {

/// How long a module may be away from its vendor's account, in the installation's run time.
struct SweepTimes {
  std::chrono::milliseconds stale = std::chrono::days(90);
  std::chrono::milliseconds moved = std::chrono::days(1);  ///< when a customer owns it
};

struct SweptLot {
  std::size_t put_away = 0;
  std::string next;  ///< where to go on; empty: that was all
};

/// Looks at `limit` registrations that come after `after` (empty: the first), inside the caller's transaction. One is
/// put away by taking its thing and its attachments and making its certificate dormant; the module's next connect runs
/// the template of its CA once more. So only what that template would make again is touched: a thing that somebody has
/// changed or that has two certificates, a certificate whose CA or template is gone, a claim-thing, a module with a
/// live claim and one that is connected now are left as they are.
Result<SweptLot> sweep(Registry& registry, const Settings& settings, const SweepTimes& times, std::string_view after,
                       std::size_t limit, UnixMillis now);

}  // namespace xl::cloud::onboarding
