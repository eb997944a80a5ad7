// SPDX-License-Identifier: Apache-2.0
// Sessions of people and programs that came by WebSocket with an access key instead of a certificate.
#include "gateway/session.hpp"

namespace xl::gateway {
namespace {

constexpr std::uint8_t kServerUnavailable = 3;
constexpr std::uint8_t kNotAuthorized = 5;

/// An administrator's key: everything in its account, within the rules that no policy can lift (see Access).
cloud::Policy policy_of_administrators(const std::string& account_id) {
  return {account_id, "access key",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]})"};
}

/// errors: forbidden (disabled, of another role), io
Result<cloud::provisioning::Principal> principal_of(const cloud::Registry& registry, const std::string& account_id,
                                                    const std::string& key_id) {
  XL_TRY(const cloud::AccessKey key, registry.accounts().find_access_key(key_id));
  if (!key.is_active || key.account_id != account_id)
    return fail(Error::forbidden("access key " + key_id + " is disabled"));
  if (key.role != cloud::Role::admin)
    return fail(Error::forbidden("a " + std::string(name_of(key.role)) + " access key may not speak MQTT"));
  cloud::provisioning::Principal out;
  out.account_id = account_id;
  out.certificate_id = key_id;
  out.policies.push_back(policy_of_administrators(account_id));
  return out;
}

}  // namespace

void Session::admit_web_client() {
  const auto account = shared_.lookup.account(account_id_);
  if (!account) return refuse(account.error(), kServerUnavailable);
  const auto principal = principal_of(shared_.lookup.registry(), account_id_, certificate_id_);
  if (!principal)
    return refuse(principal.error(), principal.error().code == Errc::io ? kServerUnavailable : kNotAuthorized);
  on_admitted(*account, *principal);
}

void Session::review_web_client() {
  const auto principal = principal_of(shared_.lookup.registry(), account_id_, certificate_id_);
  if (!principal && principal.error().code != Errc::io) end(End::forbidden, principal.error().detail);
}

}  // namespace xl::gateway
