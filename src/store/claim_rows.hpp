// SPDX-License-Identifier: Apache-2.0
// Private to store/: how a claim's row is read, wherever claims are looked for.
#pragma once
#include "cloud/model/claim.hpp"
#include "store/sql.hpp"

namespace xl::store {

#define XL_CLAIM_COLUMNS                                                                                              \
  "select id, account_id, vendor_account, thing_name, fingerprint, endpoint, state, stall, reason, epoch, "           \
  "notify_attempts, window_attempts, window_began, notified_session, deadline is null, deadline, created, modified, " \
  "template_name "                                                                                                    \
  "from claim "

cloud::Claim read_claim(const sql::Row& row);

}  // namespace xl::store
