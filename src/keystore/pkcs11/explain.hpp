// SPDX-License-Identifier: Apache-2.0
// What a token's answer means to us.
#pragma once
#include <p11-kit/pkcs11.h>

#include <string_view>

#include "base/result.hpp"

namespace xl::keystore::pkcs11 {

/// `doing`: "sign", "make a key". errors: unavailable (not there, busy, session lost), forbidden (PIN), io (no room),
/// internal
Error explain(CK_RV code, std::string_view doing);

}  // namespace xl::keystore::pkcs11
