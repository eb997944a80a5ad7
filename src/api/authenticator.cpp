// SPDX-License-Identifier: Apache-2.0
#include "api/authenticator.hpp"

#include "api/session_tokens.hpp"
#include "crypto/sigv4.hpp"

namespace xl::api {
namespace {

using Secret = tl::expected<std::string, crypto::SigV4Fault>;

Secret no_secret(crypto::SigV4Fault fault) { return tl::unexpected<crypto::SigV4Fault>(fault); }

/// Reads keys for the verifier, whose question knows only reasons that lie with the caller; others are kept aside.
struct KeyRing {
  const cloud::Registry& registry;
  const crypto::AeadKey& master_key;
  UnixMillis now;
  std::optional<cloud::AccessKey> key = std::nullopt;  ///< long-term: of a session, its parent
  std::optional<Error> failure = std::nullopt;

  Secret secret_of(std::string_view id, std::string_view session_token) {
    if (session_token.empty()) return secret_of_key(id);
    auto session = read_session(master_key, id, session_token);
    if (!session) return no_secret(crypto::SigV4Fault::unknown_key);
    if (session->expires <= now) return no_secret(crypto::SigV4Fault::expired_token);
    const Secret parent = secret_of_key(session->parent_key_id);
    return parent ? Secret(std::move(session->secret_access_key)) : parent;
  }

 private:
  Secret secret_of_key(std::string_view id) {
    auto found = registry.accounts().find_access_key(id);
    if (!found) {
      if (found.error().code != Errc::not_found) failure = found.error();
      return no_secret(crypto::SigV4Fault::unknown_key);
    }
    if (!found->is_active) return no_secret(crypto::SigV4Fault::unknown_key);
    auto secret = crypto::unseal(master_key, found->sealed_secret, id);
    if (!secret) {
      failure = Error::corrupt("The secret of access key " + found->id +
                               " cannot be unsealed with this installation's master key.");
      return no_secret(crypto::SigV4Fault::unknown_key);
    }
    key = *std::move(found);
    return *std::move(secret);
  }
};

}  // namespace

tl::expected<Caller, Fault> authenticate(const net::HttpRequest& request, const cloud::Registry& registry,
                                         const ApiOptions& options, bool sts) {
  const UnixMillis now = wall_now();
  KeyRing ring{registry, options.master_key, now};
  const crypto::SignedRequest as_sent{request.method, request.target, request.headers, request.body};
  const auto identity = crypto::verify_v4(
      as_sent, [&ring](std::string_view id, std::string_view token) { return ring.secret_of(id, token); }, now);
  if (ring.failure) return fail(Fault(*ring.failure));
  if (!identity) return fail(fault_of(identity.error(), sts));
  if (!ring.key) return fail(Fault(Error::internal("A signature was accepted without a key.")));
  XL_TRY(cloud::Account account, registry.accounts().find(ring.key->account_id));
  return Caller{std::move(account), identity->access_key_id, ring.key->id, ring.key->role, identity->service};
}

}  // namespace xl::api
