// SPDX-License-Identifier: Apache-2.0
#include "installation/account_deletion.hpp"

#include "cloud/ports/if_found.hpp"
#include "installation/access_keys.hpp"
#include "installation/credentials_file.hpp"
#include "installation/waited_write.hpp"

namespace xl::installation {
namespace {

namespace onboarding = cloud::onboarding;

/// In one transaction, for which a running server's modules wait some milliseconds.
constexpr std::size_t kLot = 200;
/// Made by every start of a server: it would come back with another endpoint.
constexpr std::string_view kOwnStaging = "staging";

/// Open, or closed by an attempt that was cut off; nullopt: deleted.
Result<std::optional<cloud::Account>> find_or_close(Installation& installation, std::string_view name,
                                                    const onboarding::DeletionOptions& options) {
  std::optional<cloud::Account> account;
  XL_CHECK(installation.registry->write([&](cloud::Registry& registry) -> Status {
    XL_TRY(account, if_found(registry.closed_accounts().find_remaining(name)));
    if (account) return {};
    XL_TRY(account, if_found(registry.accounts().find_by_name(name)));
    if (account) return onboarding::close_account(registry, *account, options, wall_now());
    return registry.closed_accounts().emptied(name).map([](UnixMillis) {}).map_error([&](const Error& error) {
      return error.code == Errc::not_found ? Error::not_found("account", name) : error;
    });
  }));
  return account;
}

Status empty(Installation& installation, const cloud::Account& account, const onboarding::DeletionOptions& options) {
  for (bool more = true; more;) {
    XL_CHECK(installation.registry->write([&](cloud::Registry& registry) -> Status {
      XL_TRY(more, onboarding::empty_account(registry, account, options, kLot, wall_now()));
      return {};
    }));
  }
  return {};
}

Status remove_profiles(const Installation& installation, const cloud::Account& account) {
  for (const auto role : {cloud::Role::admin, cloud::Role::claim_only, cloud::Role::read_only})
    XL_CHECK(remove_profile(credentials_of(installation.folder), profile_of(account, role)));
  return {};
}

}  // namespace

Result<Deleted> delete_account(Installation& installation, std::string_view name,
                               const onboarding::DeletionOptions& options) {
  if (name == kOwnStaging)
    return fail(Error::conflict("account staging is this cloud's own; every start of a server would make it anew"));
  XL_TRY(const auto account, find_or_close(installation, name, options));
  if (!account) return Deleted::before;
  XL_CHECK(remove_profiles(installation, *account));  // while the name is still this account's
  XL_CHECK(empty(installation, *account, options));
  XL_CHECK(installation.registry->write(
      [&](cloud::Registry& registry) { return onboarding::finish_account(registry, *account, options, wall_now()); }));
  return Deleted::now;
}

Result<std::size_t> clear_retained(cloud::RegistryStore& store, cloud::MessageBus& bus, std::size_t limit,
                                   const std::stop_token& stop) {
  XL_TRY(const auto view, store.open_view());
  XL_TRY(const auto topics, view->closed_accounts().retained_topics(limit));
  for (const cloud::RetainedTopic& retained : topics)
    XL_CHECK(bus.publish(retained.account_id, {.topic = retained.topic, .payload = "", .qos = 1, .retain = true}));
  if (topics.empty()) return 0;
  XL_CHECK(write_unless_stopped(
      store,
      [topics](cloud::Registry& registry) -> Status {
        for (const cloud::RetainedTopic& retained : topics)
          XL_CHECK(registry.retained_topics().forget(retained.account_id, retained.topic));
        return {};
      },
      stop));
  return topics.size();
}

}  // namespace xl::installation
