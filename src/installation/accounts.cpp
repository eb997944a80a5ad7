// SPDX-License-Identifier: Apache-2.0
#include "installation/accounts.hpp"

#include <algorithm>

#include "crypto/random.hpp"
#include "installation/access_keys.hpp"
#include "installation/credentials_file.hpp"

namespace xl::installation {
namespace {

constexpr std::size_t kNameBytesMax = 32;

bool is_account_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

cloud::Account draw_account(std::string_view name, cloud::AccountKind kind) {
  return {.id = crypto::random_text("123456789", 1) + crypto::random_text("0123456789", 11),
          .name = std::string(name),
          .kind = kind,
          .endpoint_prefix = "a" + crypto::random_text("abcdefghijklmnopqrstuvwxyz0123456789", 13),
          .created = wall_now()};
}

Result<cloud::Account> find_or_make(Installation& installation, std::string_view name, cloud::AccountKind kind) {
  cloud::Account account = draw_account(name, kind);
  const Status written = installation.registry->write([&](cloud::Registry& registry) -> Status {
    auto existing = registry.accounts().find_by_name(name);
    if (existing) {
      account = *existing;
      return {};
    }
    if (existing.error().code != Errc::not_found) return fail(existing.error());
    if (registry.closed_accounts().find_remaining(name)) {
      return fail(Error::conflict("account " + std::string(name) +
                                  " is being deleted; finish that first: expresslink-cloud account delete " +
                                  std::string(name)));
    }
    return registry.accounts().insert(account);
  });
  // The first write of a start: a full disk, for one, may show here only.
  if (!written)
    return fail(Error{written.error().code, registry_of(installation.folder).string() + ": " + written.error().detail});
  return account;
}

/// A crash between the registry and the file costs one of the two keys that may be live; somebody who keeps the profile
/// elsewhere gets no third one at every start.
Status give_access_key(Installation& installation, const cloud::Account& account) {
  XL_TRY(const bool known, has_profile(credentials_of(installation.folder), account.name));
  if (known) return {};
  const auto key = create_access_key(installation, account, cloud::Role::admin);
  if (key || key.error().code == Errc::conflict) return {};
  return fail(key.error());
}

}  // namespace

Result<cloud::Account> ensure_account(Installation& installation, std::string_view name, cloud::AccountKind kind) {
  if (!is_account_name(name)) {
    return fail(Error::invalid("account name \"" + std::string(name) +
                               "\": expected 1 to 32 lower-case letters, digits and hyphens"));
  }
  XL_TRY(const cloud::Account account, find_or_make(installation, name, kind));
  if (account.kind != kind) {
    return fail(Error{Errc::already_exists, "account " + account.name + " exists already, with the other --kind"});
  }
  XL_CHECK(give_access_key(installation, account));
  return account;
}

}  // namespace xl::installation
