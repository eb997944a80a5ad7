// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "store/sql.hpp"

namespace xl::store {

/// Brings a database to this program's schema, each step in a transaction of its own.
/// errors: corrupt (not a database of ours, or written by a newer program)
Status migrate(sql::Connection& connection);

}  // namespace xl::store
