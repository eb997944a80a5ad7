// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "account_commands.hpp"
#include "claim_commands.hpp"
#include "custody_commands.hpp"
#include "elsewhere_commands.hpp"
#include "limit_commands.hpp"
#include "options.hpp"
#include "registry_commands.hpp"
#include "serve.hpp"
#include "template_commands.hpp"
#include "thing_commands.hpp"

namespace xl::app {
namespace {

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
    case Command::account_delete:
      return delete_account(options);
    case Command::key_create:
      return create_key(options);
    case Command::key_list:
      return list_keys(options);
    case Command::key_rotate:
      return rotate_key(options);
    case Command::key_disable:
      return disable_key(options);
    case Command::limits_list:
      return list_limits(options);
    case Command::limits_set:
      return set_limit(options);
    case Command::limits_reset:
      return reset_limit(options);
    case Command::account_elsewhere:
      return set_elsewhere(options);
    case Command::login_strings:
      return set_login_strings(options);
    case Command::wizard:
      return switch_wizard(options);
    case Command::thing_offboard:
      return offboard_thing(options);
    case Command::backup:
      return backup(options);
    case Command::restore:
      return restore(options);
    case Command::claim_rehearse:
      return rehearse_claim(options);
    case Command::template_rehearse:
      return rehearse_template(options);
    case Command::custody_export:
      return export_custody(options);
    case Command::custody_reconcile:
      return reconcile_custody(options);
    case Command::fsck:
    case Command::custody_verify:
      return {};  // have exit codes of their own
  }
  return {};
}

}  // namespace
}  // namespace xl::app

int main(int argc, char** argv) {
  const auto options = xl::app::parse_options(argc, argv);
  if (!options) return options.error();
  if (options->command == xl::app::Command::fsck) return xl::app::fsck(*options);
  if (options->command == xl::app::Command::custody_verify) return xl::app::verify_custody(*options);
  const auto status = xl::app::run(*options);
  if (!status) {
    std::fprintf(stderr, "expresslink-cloud: %s\n", status.error().detail.c_str());
    return 1;
  }
  return 0;
}
