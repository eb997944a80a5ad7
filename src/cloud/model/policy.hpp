// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace xl::cloud {

struct Policy {
  std::string account_id;
  std::string name;      ///< `[\w+=,.@-]{1,128}`
  std::string document;  ///< JSON text of the default version
  std::string default_version = "1";
  UnixMillis created{};
  UnixMillis modified{};
};

struct PolicyVersion {
  std::string id;  ///< "1", "2", …; never given twice
  std::string document;
  UnixMillis created{};
};

enum class TemplateType { fleet_provisioning, jitp };

struct ProvisioningTemplate {
  std::string account_id;
  std::string name;  ///< `[0-9A-Za-z_-]{1,36}`
  TemplateType type = TemplateType::fleet_provisioning;
  std::string body;
  std::string description;
  std::string role_arn;
  bool enabled = true;
  std::int64_t default_version = 1;
  UnixMillis created{};
  UnixMillis modified{};
};

struct TemplateVersion {
  std::int64_t id = 1;
  std::string body;
  UnixMillis created{};
};

}  // namespace xl::cloud
