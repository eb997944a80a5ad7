// SPDX-License-Identifier: Apache-2.0
// Temporary credentials of STS. Nothing is stored: the token carries, sealed under the master key, whose they are,
// their secret and their end, so every process of the cloud can read it and a key that is disabled takes them along.
// source: AWS Security Token Service API Reference, GetSessionToken
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "crypto/aead.hpp"
#include "crypto/sigv4.hpp"

namespace xl::api {

/// "ASIA…" with a secret and a token, in the name of the long-term key `parent_key_id`, until `expires`.
crypto::Credentials issue_session(const crypto::AeadKey& master_key, std::string_view parent_key_id,
                                  UnixMillis expires);

struct SessionClaim {
  std::string parent_key_id;
  std::string secret_access_key;
  UnixMillis expires{};
};
/// nullopt: not a token of ours, or of another key id.
std::optional<SessionClaim> read_session(const crypto::AeadKey& master_key, std::string_view access_key_id,
                                         std::string_view session_token);

}  // namespace xl::api
