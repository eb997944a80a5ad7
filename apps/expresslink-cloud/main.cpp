// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "installation/accounts.hpp"
#include "options.hpp"
#include "registry_commands.hpp"
#include "serve.hpp"

namespace xl::app {
namespace {

const char* name_of(cloud::AccountKind kind) { return kind == cloud::AccountKind::staging ? "staging" : "customer"; }

void print(const cloud::Account& account, const std::string& domain) {
  std::printf("account  %s\nname     %s (%s)\nendpoint %s\nprofile  %s\n", account.id.c_str(), account.name.c_str(),
              name_of(account.kind), cloud::endpoint_of(account, domain).c_str(), account.name.c_str());
}

Status create_account(const Options& options) {
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const cloud::Account account, ensure_account(cloud, options.account_name, options.account_kind));
  print(account, cloud.domain);
  return {};
}

Status list_accounts(const Options& options) {
  XL_TRY(installation::Installation cloud, installation::open_installation(options.data_dir, options.domain));
  XL_TRY(const auto view, cloud.registry->open_view());
  XL_TRY(const auto accounts, view->accounts().list());
  for (const cloud::Account& account : accounts) {
    std::printf("%s  %-8s  %-32s  %s\n", account.id.c_str(), name_of(account.kind), account.name.c_str(),
                cloud::endpoint_of(account, cloud.domain).c_str());
  }
  return {};
}

Status run(const Options& options) {
  switch (options.command) {
    case Command::serve:
      return serve(options);
    case Command::gateway_worker:
      return serve_as_worker();
    case Command::account_create:
      return create_account(options);
    case Command::account_list:
      return list_accounts(options);
    case Command::backup:
      return backup(options);
    case Command::restore:
      return restore(options);
    case Command::fsck:
      return {};  // has exit codes of its own
  }
  return {};
}

}  // namespace
}  // namespace xl::app

int main(int argc, char** argv) {
  const auto options = xl::app::parse_options(argc, argv);
  if (!options) return options.error();
  if (options->command == xl::app::Command::fsck) return xl::app::fsck(*options);
  const auto status = xl::app::run(*options);
  if (!status) {
    std::fprintf(stderr, "expresslink-cloud: %s\n", status.error().detail.c_str());
    return 1;
  }
  return 0;
}
