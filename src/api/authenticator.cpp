// SPDX-License-Identifier: Apache-2.0
#include "api/authenticator.hpp"

#include "crypto/sigv4.hpp"

namespace xl::api {
namespace {

/// Reads keys for the verifier, whose question knows only "secret" or "no such key"; other failures are kept aside.
struct KeyRing {
  const cloud::Registry& registry;
  const crypto::AeadKey& master_key;
  std::optional<cloud::AccessKey> key;
  std::optional<Error> failure;

  std::optional<std::string> secret_of(std::string_view id) {
    auto found = registry.accounts().find_access_key(id);
    if (!found) {
      if (found.error().code != Errc::not_found) failure = found.error();
      return std::nullopt;
    }
    auto secret = crypto::unseal(master_key, found->sealed_secret, id);
    if (!secret) {
      failure = Error::corrupt("The secret of access key " + found->id +
                               " cannot be unsealed with this installation's master key.");
      return std::nullopt;
    }
    key = *std::move(found);
    return *std::move(secret);
  }
};

}  // namespace

tl::expected<Caller, Fault> authenticate(const net::HttpRequest& request, const cloud::Registry& registry,
                                         const ApiOptions& options, bool sts) {
  KeyRing ring{registry, options.master_key, std::nullopt, std::nullopt};
  const crypto::SignedRequest as_sent{request.method, request.target, request.headers, request.body};
  const auto identity =
      crypto::verify_v4(as_sent, [&ring](std::string_view id) { return ring.secret_of(id); }, wall_now());
  if (ring.failure) return fail(Fault(*ring.failure));
  if (!identity) return fail(fault_of(identity.error(), sts));
  if (!ring.key) return fail(Fault(Error::internal("A signature was accepted without a key.")));
  XL_TRY(cloud::Account account, registry.accounts().find(ring.key->account_id));
  return Caller{std::move(account), ring.key->id, ring.key->role};
}

}  // namespace xl::api
