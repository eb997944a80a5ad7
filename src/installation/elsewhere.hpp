// SPDX-License-Identifier: Apache-2.0
// Accounts that stand in for customers' accounts in other installations (docs/onboarding.md "A customer elsewhere").
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "cloud/model/elsewhere.hpp"
#include "installation/installation.hpp"

namespace xl::installation {

/// What is to be set; nullopt: as it is.
struct ElsewhereChange {
  std::optional<std::string> url, region;
  std::optional<std::string> access_key_id, secret;  ///< together
  std::optional<std::string> root_ca_pem;
  std::optional<std::string> endpoint;  ///< HOST or HOST:PORT; the port is where its certificate is looked at
  std::optional<std::string> policy;

  bool is_empty() const { return !url && !region && !access_key_id && !secret && !root_ca_pem && !endpoint && !policy; }
};

/// Whether the change can be made at all. errors: invalid_argument
Status check_change(const ElsewhereChange& change);
/// Whether it is enough for an account that is still to be made. errors: invalid_argument
Status check_whole(const ElsewhereChange& change);

/// The account as it then is. The secret is sealed under DIR/master.key. A running server obeys within a second.
/// errors: invalid_argument (what is wrong or missing), conflict (the account has modules here)
Result<cloud::Elsewhere> change_elsewhere(Installation& installation, const cloud::Account& account,
                                          const ElsewhereChange& change);

}  // namespace xl::installation
