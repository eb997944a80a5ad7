// SPDX-License-Identifier: Apache-2.0
#include "cloud/provisioning/ownership.hpp"

#include <charconv>

#include "base/text.hpp"

namespace xl::cloud::provisioning {
namespace {

std::string context_of(const TokenHolder& holder) {
  return "certificate-ownership " + std::string(holder.account_id) + " " + std::string(holder.principal);
}

}  // namespace

std::string issue_ownership_token(const crypto::AeadKey& key, const TokenHolder& holder,
                                  std::string_view certificate_id, UnixMillis expires) {
  const std::string content = std::string(certificate_id) + "\n" + std::to_string(to_millis(expires));
  return base64_encode(as_bytes(crypto::seal(key, content, context_of(holder))));
}

Result<std::string> read_ownership_token(const crypto::AeadKey& key, const TokenHolder& holder, std::string_view token,
                                         UnixMillis now) {
  if (token.empty()) return fail(Error::conflict("certificateOwnershipToken is missing."));
  const auto sealed = base64_decode(token);
  const auto content = sealed ? crypto::unseal(key, *sealed, context_of(holder)) : fail(Error::corrupt("no base64"));
  const auto parts = content ? split(*content, '\n') : std::vector<std::string_view>();
  if (parts.size() != 2) {
    return fail(Error::conflict("certificateOwnershipToken is not one that was given to this claim certificate."));
  }
  std::int64_t millis = 0;
  std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), millis);
  if (now >= from_millis(millis)) return fail(Error::conflict("certificateOwnershipToken has expired."));
  return std::string(parts[0]);
}

}  // namespace xl::cloud::provisioning
