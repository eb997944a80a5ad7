// SPDX-License-Identifier: Apache-2.0
// Vendors' accounts are kept clean (guide 11.5): registrations of modules that have moved to a customer, or that nobody
// has seen for long, are put away. Custody stays as it is, and so does what a claim needs of the certificate.
#pragma once
#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/onboarding/claims.hpp"

namespace xl::cloud::onboarding {

/// How long a module may be away from its vendor's account, in the installation's run time.
struct SweepTimes {
  std::chrono::milliseconds stale = std::chrono::days(90);
  std::chrono::milliseconds moved = std::chrono::days(1);  ///< when a customer owns it
};

/// Registrations whose modules were away for so long, by certificate, those after `after`. Goes through all there are:
/// not for the registry's writer.
Result<std::vector<StagedRegistration>> unseen(const Registry& view, const SweepTimes& times, std::string_view after,
                                               std::size_t limit);

/// Puts them away, those that are still unseen inside the caller's transaction; how many. A thing and its attachments
/// are taken, and the certificate becomes dormant; the module's next connect runs the template of its CA once more. So
/// only what that template would make again is touched: a thing that somebody has changed or that has two certificates,
/// a certificate whose CA or template is gone, a claim-thing, a module with a live claim and one that is connected now
/// are left as they are.
Result<std::size_t> sweep(Registry& registry, const Settings& settings, const SweepTimes& times,
                          const std::vector<StagedRegistration>& candidates, UnixMillis now);

}  // namespace xl::cloud::onboarding
