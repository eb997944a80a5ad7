// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace xl::cloud {

enum class AccountKind {
  staging,  ///< a vendor's: its modules connect here first (guide 11.1.2)
  customer  ///< an OEM's: where claimed modules live
};

struct Account {
  std::string id;    ///< 12 digits
  std::string name;  ///< `[a-z0-9-]{1,32}`, unique; also the profile name in DIR/credentials
  AccountKind kind = AccountKind::customer;
  std::string endpoint_prefix;  ///< endpoint = prefix + "-ats." + domain
  UnixMillis created{};
};

/// What the holder of an access key may do in its account (docs/security.md "Access keys").
enum class Role { admin, claim_only, read_only };

constexpr std::string_view name_of(Role role) {
  return role == Role::admin ? "admin" : role == Role::claim_only ? "claim-only" : "read-only";
}

struct AccessKey {
  std::string id;  ///< "AKIA…", 20 characters
  std::string account_id;
  Role role = Role::admin;
  std::string sealed_secret;  ///< crypto::seal under DIR/master.key, context = id
  bool is_active = true;
  UnixMillis created{};
};

/// "a1b2c3-ats.iot.localhost"
inline std::string endpoint_of(const Account& account, const std::string& domain) {
  return account.endpoint_prefix + "-ats." + domain;
}

}  // namespace xl::cloud
