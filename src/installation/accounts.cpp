// SPDX-License-Identifier: Apache-2.0
#include "installation/accounts.hpp"

#include <algorithm>

#include "crypto/random.hpp"
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
    return registry.accounts().insert(account);
  });
  // The first write of a start: a full disk, for one, may show here only.
  if (!written)
    return fail(Error{written.error().code, registry_of(installation.folder).string() + ": " + written.error().detail});
  return account;
}

Status give_access_key(Installation& installation, const cloud::Account& account) {
  const std::filesystem::path file = installation.folder / "credentials";
  XL_TRY(const bool known, has_profile(file, account.name));
  if (known) return {};
  const std::string secret = crypto::random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40);
  cloud::AccessKey key;
  key.id = "AKIA" + crypto::random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
  key.account_id = account.id;
  key.sealed_secret = crypto::seal(installation.master_key, secret, key.id);
  XL_CHECK(installation.registry->write(
      [&](cloud::Registry& registry) { return registry.accounts().insert_access_key(key); }));
  return add_profile(file, account.name, key.id, secret, kRegion);
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
