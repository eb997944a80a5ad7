// SPDX-License-Identifier: Apache-2.0
#include "account_commands.hpp"

#include <cstdio>

#include "cloud/onboarding/elsewhere.hpp"
#include "cloud/onboarding/wizard.hpp"
#include "cloud/rules/account_settings.hpp"
#include "elsewhere_commands.hpp"
#include "installation/access_keys.hpp"
#include "installation/account_deletion.hpp"
#include "installation/accounts.hpp"

namespace xl::app {
namespace {

const char* name_of(cloud::AccountKind kind) { return kind == cloud::AccountKind::staging ? "staging" : "customer"; }

void print(const cloud::Account& account, const std::string& domain) {
  std::printf("account  %s\nname     %s (%s)\nendpoint %s\nprofile  %s\n", account.id.c_str(), account.name.c_str(),
              name_of(account.kind), cloud::endpoint_of(account, domain).c_str(), account.name.c_str());
}

void print(const cloud::Account& account, const cloud::AccessKey& key) {
  std::printf("key      %s\nrole     %s\nprofile  %s\n", key.id.c_str(), std::string(name_of(key.role)).c_str(),
              installation::profile_of(account, key.role).c_str());
}

}  // namespace

Result<Opened> open_account(const Options& options) {
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const auto view, cloud.registry->open_view());
  XL_TRY(cloud::Account account, view->accounts().find_by_name(options.account_name));
  return Opened{std::move(cloud), std::move(account)};
}

Status create_account(const Options& options) {
  XL_TRY(const auto change, change_in(options.elsewhere));
  if (!change.is_empty() && options.account_kind != cloud::AccountKind::customer)
    return fail(Error::invalid("a staging account is always here; --elsewhere is for --kind customer"));
  if (!change.is_empty()) XL_CHECK(installation::check_whole(change));
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const cloud::Account account, ensure_account(cloud, options.account_name, options.account_kind));
  if (change.is_empty()) {
    print(account, cloud.domain);
    return {};
  }
  XL_TRY(const auto elsewhere, change_elsewhere(cloud, account, change));
  std::printf("account    %s\nname       %s\nprofile    %s\n", account.id.c_str(), account.name.c_str(),
              account.name.c_str());
  print(elsewhere);
  return {};
}

Status list_accounts(const Options& options) {
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const auto view, cloud.registry->open_view());
  XL_TRY(const auto accounts, view->accounts().list());
  for (const cloud::Account& account : accounts) {
    XL_TRY(const std::string endpoint, cloud::onboarding::endpoint_told(*view, account, cloud.domain));
    XL_TRY(const bool is_strict, cloud::rules::is_on(*view, account.id, cloud::rules::kEnforceLoginStrings));
    std::printf("%s  %-8s  %-32s  %s%s\n", account.id.c_str(), name_of(account.kind), account.name.c_str(),
                endpoint.c_str(), is_strict ? "  login strings enforced" : "");
  }
  return {};
}

Status delete_account(const Options& options) {
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const auto deleted,
         installation::delete_account(cloud, options.account_name, {options.orphan, options.give_up_withdrawals}));
  if (deleted == installation::Deleted::before) {
    std::printf("account %s was deleted before; nothing was left to do\n", options.account_name.c_str());
    return {};
  }
  std::printf("deleted account %s, its access keys and its profiles in %s\n", options.account_name.c_str(),
              (cloud.folder / "credentials").c_str());
  return {};
}

Status create_key(const Options& options) {
  XL_TRY(Opened opened, open_account(options));
  XL_TRY(const cloud::AccessKey key, create_access_key(opened.cloud, opened.account, options.key_role));
  print(opened.account, key);
  return {};
}

Status rotate_key(const Options& options) {
  XL_TRY(Opened opened, open_account(options));
  XL_TRY(const cloud::AccessKey key, rotate_access_key(opened.cloud, opened.account, options.key_role));
  print(opened.account, key);
  return {};
}

Status list_keys(const Options& options) {
  XL_TRY(const Opened opened, open_account(options));
  XL_TRY(const auto view, opened.cloud.registry->open_view());
  XL_TRY(const auto keys, view->accounts().access_keys_of(opened.account.id));
  for (const cloud::AccessKey& key : keys) {
    std::printf("%s  %-10s  %-8s  %s\n", key.id.c_str(), std::string(name_of(key.role)).c_str(),
                key.is_active ? "live" : "disabled", iso8601_extended(key.created).c_str());
  }
  return {};
}

Status disable_key(const Options& options) {
  XL_TRY(Opened opened, open_account(options));
  return disable_access_key(opened.cloud, opened.account, options.key_id);
}

Status switch_wizard(const Options& options) {
  XL_TRY(const Opened opened, open_account(options));
  XL_CHECK(opened.cloud.registry->write([&](cloud::Registry& registry) {
    return cloud::onboarding::set_wizard(registry, opened.account, options.wizard_on);
  }));
  std::printf("claim wizard of account %s: %s, at /claim/%s of the cloud's web address\n", opened.account.name.c_str(),
              options.wizard_on ? "on" : "off", opened.account.name.c_str());
  return {};
}

Status set_login_strings(const Options& options) {
  XL_TRY(const Opened opened, open_account(options));
  XL_CHECK(opened.cloud.registry->write([&](cloud::Registry& registry) {
    return cloud::rules::set(registry, opened.account.id, cloud::rules::kEnforceLoginStrings,
                             options.enforces_login_strings);
  }));
  std::printf("login strings of account %s: a contradiction to the certificate is a finding%s\n",
              opened.account.name.c_str(),
              options.enforces_login_strings ? ", and the connect is refused" : ", and nothing else");
  return {};
}

}  // namespace xl::app
