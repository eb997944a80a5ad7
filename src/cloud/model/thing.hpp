// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

struct Thing {
  std::string account_id;
  std::string name;  ///< `[a-zA-Z0-9:_-]{1,128}`
  std::string id;    ///< UUID
  std::map<std::string, std::string> attributes;
  std::int64_t version = 1;
  UnixMillis created{};
};

}  // namespace xl::cloud
