// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "installation/installation.hpp"
#include "options.hpp"

namespace xl::app {

struct Opened {
  installation::Installation cloud;
  cloud::Account account;
};
/// The account named on the command line. errors: not_found
Result<Opened> open_account(const Options& options);

Status create_account(const Options& options);
Status list_accounts(const Options& options);
/// errors: not_found, conflict (what stands in the way), unavailable (not all of it could be done yet)
Status delete_account(const Options& options);
Status create_key(const Options& options);
Status list_keys(const Options& options);
Status rotate_key(const Options& options);
Status disable_key(const Options& options);
Status switch_wizard(const Options& options);
Status set_login_strings(const Options& options);

}  // namespace xl::app
