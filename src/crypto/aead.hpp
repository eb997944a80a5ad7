// SPDX-License-Identifier: Apache-2.0
// AES-256-GCM for secrets at rest (SigV4 needs the secret itself, so it cannot be hashed).
#pragma once
#include <array>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace xl::crypto {

using AeadKey = std::array<Byte, 32>;

/// nonce (12 bytes) | ciphertext | tag (16 bytes). `context` is authenticated and must be given again to unseal.
std::string seal(const AeadKey& key, std::string_view plaintext, std::string_view context);
/// errors: corrupt (wrong key, wrong context or changed bytes; not told apart)
Result<std::string> unseal(const AeadKey& key, std::string_view sealed, std::string_view context);

}  // namespace xl::crypto
