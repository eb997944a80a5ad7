// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace xl::cloud {

using Attributes = std::map<std::string, std::string>;

struct Thing {
  std::string account_id;
  std::string name;  ///< `[a-zA-Z0-9:_-]{1,128}`
  std::string id;    ///< UUID
  Attributes attributes;
  std::int64_t version = 1;
  UnixMillis created{};
  std::optional<std::string> type_name = std::nullopt;
};

struct ThingPrincipal {
  std::string thing_name;
  std::string certificate_id;
  bool exclusive = false;  ///< the certificate is this one thing's, and the thing's only one
};

struct ThingType {
  std::string account_id;
  std::string name;  ///< as a thing's
  std::string id;    ///< UUID
  std::string description;
  std::vector<std::string> searchable_attributes;  ///< at most 3
  UnixMillis created{};
  std::optional<UnixMillis> deprecated;  ///< since then no thing may take it
};

/// A static group; groups form trees.
struct ThingGroup {
  std::string account_id;
  std::string name;  ///< as a thing's
  std::string id;    ///< UUID
  std::optional<std::string> parent;
  std::string description;
  Attributes attributes;
  std::int64_t version = 1;
  UnixMillis created{};
};

}  // namespace xl::cloud
