// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <limits>

#include "store/sql.hpp"

namespace xl::store {

/// Brings a database to this program's schema, each step in a transaction of its own.
/// `steps`: no more than these many in all, for tests of what older programs have written.
/// errors: corrupt (not a database of ours, or written by a newer program)
Status migrate(sql::Connection& connection, std::int64_t steps = std::numeric_limits<std::int64_t>::max());

/// The schema of a registry, 0 for an empty database; writes nothing.
/// errors: corrupt (a database of another program, which we must not write into, or of a newer version of this one)
Result<std::int64_t> schema_version(sql::Connection& connection);

}  // namespace xl::store
