// SPDX-License-Identifier: Apache-2.0
#include "installation/access_keys.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "installation/credentials_file.hpp"

namespace xl::installation {
namespace {

/// Oldest first.
Result<std::vector<cloud::AccessKey>> live_keys(const cloud::Registry& registry, const cloud::AccessKey& like) {
  XL_TRY(auto keys, registry.accounts().access_keys_of(like.account_id));
  std::erase_if(keys, [&](const cloud::AccessKey& key) { return !key.is_active || key.role != like.role; });
  return keys;
}

/// Draws a key; `make_room` runs before it is written, in the same transaction.
Result<cloud::AccessKey> add_key(Installation& installation, const cloud::Account& account, cloud::Role role,
                                 const std::function<Status(cloud::Registry&, const cloud::AccessKey&)>& make_room) {
  const std::string secret = crypto::random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40);
  cloud::AccessKey key;
  key.id = "AKIA" + crypto::random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
  key.account_id = account.id;
  key.role = role;
  key.sealed_secret = crypto::seal(installation.master_key, secret, key.id);
  key.created = wall_now();
  XL_CHECK(installation.registry->write([&](cloud::Registry& registry) -> Status {
    XL_CHECK(make_room(registry, key));
    return registry.accounts().insert_access_key(key);
  }));
  XL_CHECK(put_profile(credentials_of(installation.folder), profile_of(account, role), key.id, secret, kRegion));
  return key;
}

}  // namespace

std::string profile_of(const cloud::Account& account, cloud::Role role) {
  return role == cloud::Role::admin ? account.name : account.name + "." + std::string(name_of(role));
}

Result<cloud::AccessKey> create_access_key(Installation& installation, const cloud::Account& account,
                                           cloud::Role role) {
  return add_key(installation, account, role, [](cloud::Registry& registry, const cloud::AccessKey& key) -> Status {
    XL_TRY(const auto live, live_keys(registry, key));
    if (live.size() < kLiveKeysMax) return {};
    return fail(Error::conflict("two " + std::string(name_of(key.role)) + " keys of this account are live, " +
                                live.front().id + " is the older one; disable one, or rotate"));
  });
}

Result<cloud::AccessKey> rotate_access_key(Installation& installation, const cloud::Account& account,
                                           cloud::Role role) {
  return add_key(installation, account, role, [](cloud::Registry& registry, const cloud::AccessKey& key) -> Status {
    XL_TRY(auto live, live_keys(registry, key));
    for (; live.size() >= kLiveKeysMax; live.erase(live.begin()))
      XL_CHECK(registry.accounts().disable_access_key(live.front().id));
    return {};
  });
}

Status disable_access_key(Installation& installation, const cloud::Account& account, std::string_view key_id) {
  return installation.registry->write([&](cloud::Registry& registry) -> Status {
    const auto key = registry.accounts().find_access_key(key_id);
    if (!key || key->account_id != account.id) return fail(Error::not_found("access key of " + account.name, key_id));
    return registry.accounts().disable_access_key(key_id);
  });
}

}  // namespace xl::installation
