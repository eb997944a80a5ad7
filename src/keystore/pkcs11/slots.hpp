// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "keystore/key_uri.hpp"
#include "keystore/pkcs11/library.hpp"

namespace xl::keystore::pkcs11 {

struct Slot {
  CK_SLOT_ID id = 0;
  CK_TOKEN_INFO token{};
};

/// The one slot whose token fits the URI's token, serial, manufacturer and model (RFC 7512 2.3).
/// errors: unavailable (none), conflict (several; the detail names them)
Result<Slot> find_slot(CK_FUNCTION_LIST& call, const KeyUri& uri);

}  // namespace xl::keystore::pkcs11
