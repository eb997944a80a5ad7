// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

/// A topic on which an account has retained a message, as far as we have seen: the engine has the message, and may have
/// lost it. What the engine cannot tell is which topics there are, and since when.
struct RetainedTopic {
  std::string account_id;
  std::string topic;
  UnixMillis modified{};
};

}  // namespace xl::cloud
