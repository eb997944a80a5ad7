// SPDX-License-Identifier: Apache-2.0
// Certificate ownership tokens of fleet provisioning. Nothing is stored: the token carries, sealed, which certificate
// it is for and until when, so every process of the cloud can read it. It is spent when the certificate no longer
// awaits its activation.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/aead.hpp"

namespace xl::cloud::provisioning {

/// Of a token, and of a certificate that nobody activates. source: AWS IoT Developer Guide, "RegisterThing"
inline constexpr std::chrono::hours kOwnershipTokenLifetime{1};

/// Whom a token is good for: the claim certificate (or access key) that asked for it, in any of its connections.
struct TokenHolder {
  std::string_view account_id, principal;
};

std::string issue_ownership_token(const crypto::AeadKey& key, const TokenHolder& holder,
                                  std::string_view certificate_id, UnixMillis expires);
/// The certificate's id. errors: conflict (not a token, another holder's, or expired)
Result<std::string> read_ownership_token(const crypto::AeadKey& key, const TokenHolder& holder, std::string_view token,
                                         UnixMillis now);

}  // namespace xl::cloud::provisioning
