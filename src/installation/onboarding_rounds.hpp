// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>
#include <thread>

#include "cloud/onboarding/claims.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

/// What time does to claims, on a thread of its own: deadlines, and modules that have left staging and not arrived.
/// Time is how long the cloud has run in all, so neither a wall clock that jumps nor a cloud that is down shortens a
/// deadline. Registry and presence must outlive it. Ends with the destructor.
class OnboardingRounds {
 public:
  OnboardingRounds(cloud::RegistryStore& registry, const cloud::Presence& presence,
                   const cloud::onboarding::ClaimTimes& times);

 private:
  std::jthread thread_;
};

}  // namespace xl::installation
