// SPDX-License-Identifier: Apache-2.0
// Private to store/: what links the entries of a module's custody, written by the ledger and checked by fsck.
#pragma once
#include <string>

#include "cloud/model/custody.hpp"
#include "store/sql.hpp"

namespace xl::store {

#define XL_CUSTODY_ENTRY_MEMBERS \
  "fingerprint, thing_name, vendor_account, owner_account, status, epoch, reason, at, previous_hash, hash"
#define XL_CUSTODY_ENTRY_COLUMNS "select " XL_CUSTODY_ENTRY_MEMBERS " from custody_log "

#define XL_CUSTODY_COLUMNS \
  "select fingerprint, thing_name, vendor_account, owner_account, status, epoch, public_key from custody "

cloud::Custody read_custody(const sql::Row& row);
cloud::CustodyEntry read_custody_entry(const sql::Row& row);

/// What the first entry holds in place of a previous hash.
std::string first_custody_hash();

/// SHA-256 over all fields but the hash itself, hex.
std::string custody_hash(const cloud::CustodyEntry& entry);

}  // namespace xl::store
