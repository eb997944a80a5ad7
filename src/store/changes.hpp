// SPDX-License-Identifier: Apache-2.0
// Private to store/: the log that tells readers of other threads and processes what to look up again.
#pragma once
#include <set>
#include <string>

#include "cloud/ports/registry.hpp"
#include "store/sql.hpp"

namespace xl::store {

/// The certificates that one piece of the writer's work has touched: what they are or may do has changed. Each is
/// written into the log once, however often it was touched.
class ChangeNotes {
 public:
  void add(std::string_view certificate_id) { certificates_.emplace(certificate_id); }
  /// Inside the same transaction, when the work has succeeded.
  Status write(sql::Connection& connection) const;
  void clear() { certificates_.clear(); }

 private:
  std::set<std::string, std::less<>> certificates_;
};

Result<cloud::Changes> changes_after(sql::Connection& connection, std::int64_t number);
/// Keeps the log from growing; a reader who comes later than this is told to look everything up.
Status forget_old_changes(sql::Connection& connection);

}  // namespace xl::store
