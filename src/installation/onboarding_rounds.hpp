// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <thread>

#include "cloud/onboarding/claims.hpp"
#include "cloud/onboarding/sweep.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

struct RoundsOptions {
  cloud::onboarding::ClaimTimes times;
  std::chrono::milliseconds transfer_expiry = std::chrono::days(14);  ///< of certificates that nobody accepts
  std::shared_ptr<cloud::onboarding::Attempts> claim_attempts = nullptr;
  cloud::MessageBus* bus = nullptr;  ///< to the engine, which forgets what deleted accounts have retained; null: no
  cloud::onboarding::SweepTimes sweeps = {};
  /// What templates ask of a certificate; null: nothing is swept.
  std::function<Result<cloud::DeviceCertificate>(std::string_view pem)> read_certificate = nullptr;
  std::filesystem::path folder = {};  ///< where the custody log is sealed (CustodySeals); empty: it is not
};

/// What time does to onboarding, on a thread of its own: deadlines of claims and transfers, modules that were
/// told to move and did not arrive, claims that a crash has left one step before their end, accounts that guess,
/// certificates of fleet provisioning that nobody has activated, registrations in vendors' accounts that nobody uses,
/// messages that deleted accounts have retained, a clock that was set, and once a minute a seal on the custody log. A
/// claim's time is how long the cloud has run in all, so neither a wall clock that jumps nor a cloud that is down
/// shortens a deadline. Registry and presence must outlive it. Ends with the destructor.
class OnboardingRounds {
 public:
  OnboardingRounds(cloud::RegistryStore& registry, const cloud::Presence& presence, RoundsOptions options);

 private:
  std::jthread thread_;
};

}  // namespace xl::installation
