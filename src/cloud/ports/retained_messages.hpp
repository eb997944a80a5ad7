// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/ports/message_bus.hpp"

namespace xl::cloud {

/// What the engine keeps for topics of an account.
class RetainedMessages {
 public:
  virtual ~RetainedMessages() = default;
  /// Of those topics that have one, in any order. Blocks until the engine has answered, for seconds at most.
  /// Thread-safe. errors: invalid_argument (no topic of the account's), unavailable
  virtual Result<std::vector<Message>> on(std::string_view account_id,
                                          const std::vector<std::string>& topics) const = 0;
};

}  // namespace xl::cloud
