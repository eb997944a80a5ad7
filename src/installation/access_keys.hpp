// SPDX-License-Identifier: Apache-2.0
// The access keys of an account: at most two live ones of each role, so that a new one can be brought out before the
// old one is turned off. A running server obeys at once.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "installation/installation.hpp"

namespace xl::installation {

inline constexpr std::size_t kLiveKeysMax = 2;  ///< of one account and role, as AWS IAM's of one user

/// Of DIR/credentials: the account's name, for roles other than admin followed by the role ("acme.read-only").
std::string profile_of(const cloud::Account& account, cloud::Role role);

/// A new key, whose secret goes sealed into the registry and in clear into its profile alone (the newest key's place).
/// errors: conflict (two are live), io
Result<cloud::AccessKey> create_access_key(Installation& installation, const cloud::Account& account, cloud::Role role);
/// The same, but of the live keys only the newest stays beside the new one. errors: io
Result<cloud::AccessKey> rotate_access_key(Installation& installation, const cloud::Account& account, cloud::Role role);
/// For good. errors: not_found (no such key of this account), io
Status disable_access_key(Installation& installation, const cloud::Account& account, std::string_view key_id);

}  // namespace xl::installation
