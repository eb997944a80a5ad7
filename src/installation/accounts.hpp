// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "cloud/model/account.hpp"
#include "installation/installation.hpp"

namespace xl::installation {

/// Makes an account with an endpoint and an administrator's access key, and writes its profile to DIR/credentials.
/// Running it again is harmless: an account of that name and kind is returned, and a profile that is missing from the
/// file (a crash between the two writes) gets a new key.
/// errors: invalid_argument (name), already_exists (same name, other kind), io
Result<cloud::Account> ensure_account(Installation& installation, std::string_view name, cloud::AccountKind kind);

}  // namespace xl::installation
