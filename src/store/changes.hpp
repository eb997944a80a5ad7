// SPDX-License-Identifier: Apache-2.0
// Private to store/: the log that tells readers of other threads and processes what to look up again.
#pragma once
#include "cloud/ports/registry.hpp"
#include "store/sql.hpp"

namespace xl::store {

/// Part of the writer's transaction: what this certificate is or may do has changed.
Status note_change(sql::Connection& connection, std::string_view certificate_id);
Result<cloud::Changes> changes_after(sql::Connection& connection, std::int64_t number);
/// Keeps the log from growing; a reader who comes later than this is told to look everything up.
Status forget_old_changes(sql::Connection& connection);

}  // namespace xl::store
