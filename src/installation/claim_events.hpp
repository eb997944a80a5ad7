// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stop_token>
#include <thread>

#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

/// Tells customer and vendor what becomes of their claims, on $expresslink/events/claims/{ThingName}/{state} of either
/// account: each change at least once and in order, those of a cloud that was down or had no engine too. On a thread of
/// its own; ends with the destructor. Registry and bus must outlive it.
class ClaimEvents {
 public:
  ClaimEvents(cloud::RegistryStore& registry, cloud::MessageBus& bus);

 private:
  std::jthread thread_;
};

/// The topic and body of one change.
cloud::Message claim_event(const cloud::Claim& claim, const cloud::ClaimEntry& change);

}  // namespace xl::installation
