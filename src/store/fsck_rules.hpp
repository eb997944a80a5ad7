// SPDX-License-Identifier: Apache-2.0
// Private to store/: the rules of fsck, one function per subject. Each appends what it finds.
#pragma once
#include <vector>

#include "store/fsck.hpp"
#include "store/sql.hpp"

namespace xl::store::rules {

using Findings = std::vector<Finding>;

inline const char* const kRestoreRemedy = "Restore a backup (expresslink-cloud restore).";

/// Pages, indices, references between tables.
Status check_database(sql::Connection& connection, Findings& out);
/// Per module: entry hashes, links, epochs, and the newest entry against the custody row.
Status check_custody(sql::Connection& connection, Findings& out);
/// Ids against contents, attachments, statuses.
Status check_certificates(sql::Connection& connection, Findings& out);
/// Default versions, types of things, transfers: what no reference of the schema holds together.
Status check_links(sql::Connection& connection, Findings& out);
/// Secrets open with the master key.
Status check_secrets(sql::Connection& connection, const crypto::AeadKey* master_key, Findings& out);

}  // namespace xl::store::rules
