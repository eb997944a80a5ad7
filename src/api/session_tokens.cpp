// SPDX-License-Identifier: Apache-2.0
#include "api/session_tokens.hpp"

#include <charconv>

#include "base/text.hpp"
#include "crypto/random.hpp"

namespace xl::api {
namespace {

/// Nothing else that is sealed under the master key can pass for a token.
std::string context_of(std::string_view access_key_id) { return "sts-session " + std::string(access_key_id); }

}  // namespace

crypto::Credentials issue_session(const crypto::AeadKey& master_key, std::string_view parent_key_id,
                                  UnixMillis expires) {
  crypto::Credentials out;
  out.access_key_id = "ASIA" + crypto::random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
  out.secret_access_key = crypto::random_hex(20);
  const std::string content =
      std::string(parent_key_id) + "\n" + out.secret_access_key + "\n" + std::to_string(to_millis(expires));
  out.session_token = base64_encode(as_bytes(crypto::seal(master_key, content, context_of(out.access_key_id))));
  return out;
}

std::optional<SessionClaim> read_session(const crypto::AeadKey& master_key, std::string_view access_key_id,
                                         std::string_view session_token) {
  const auto sealed = base64_decode(session_token);
  if (!sealed) return std::nullopt;
  const auto content = crypto::unseal(master_key, *sealed, context_of(access_key_id));
  if (!content) return std::nullopt;
  const auto parts = split(*content, '\n');
  std::int64_t millis = 0;
  if (parts.size() != 3) return std::nullopt;
  std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), millis);
  return SessionClaim{std::string(parts[0]), std::string(parts[1]), from_millis(millis)};
}

}  // namespace xl::api
