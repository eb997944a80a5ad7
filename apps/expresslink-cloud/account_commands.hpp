// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.hpp"
#include "options.hpp"

namespace xl::app {

Status create_account(const Options& options);
Status list_accounts(const Options& options);
Status create_key(const Options& options);
Status list_keys(const Options& options);
Status rotate_key(const Options& options);
Status disable_key(const Options& options);

}  // namespace xl::app
