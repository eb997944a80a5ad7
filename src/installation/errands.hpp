// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include "cloud/onboarding/saga.hpp"
#include "cloud/ports/elsewhere.hpp"
#include "cloud/ports/message_bus.hpp"
#include "cloud/ports/registry.hpp"
#include "installation/errand_round.hpp"

namespace xl::installation {

/// How an account elsewhere is reached; its calls end when `stop` is requested.
using ReachElsewhere = std::function<Result<std::unique_ptr<cloud::CustomerRegistry>>(const cloud::Elsewhere& elsewhere,
                                                                                      std::stop_token stop)>;

/// The errands to customers' accounts in other installations, on a thread of its own: an account that is slow or down
/// holds up nothing here. Registry and presence must outlive it. Ends with the destructor.
class Errands {
 public:
  Errands(cloud::RegistryStore& registry, const cloud::Presence& presence, cloud::onboarding::ClaimTimes times,
          ReachElsewhere reach);
  const ErrandCounts& counts() const { return *counts_; }

 private:
  std::shared_ptr<ErrandCounts> counts_ = std::make_shared<ErrandCounts>();
  std::jthread thread_;
};

}  // namespace xl::installation
