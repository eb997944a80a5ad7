// SPDX-License-Identifier: Apache-2.0
// ECDSA with P-256 and SHA-256 over short texts.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::crypto {

/// r and s, 32 octets each. `key_pem`: PKCS#8. errors: invalid_argument (not a P-256 key)
Result<std::string> sign_p256(std::string_view key_pem, std::string_view text);
/// `public_pem`: SubjectPublicKeyInfo. False also for a key that is not P-256 and a signature of another length.
bool is_signed_p256(std::string_view public_pem, std::string_view text, std::string_view signature);
/// The key in one form, whatever the text had around it. errors: invalid_argument (not a P-256 public key)
Result<std::string> canonical_p256_public(std::string_view public_pem);

}  // namespace xl::crypto
