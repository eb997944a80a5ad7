// SPDX-License-Identifier: Apache-2.0
// Private to store/: the log that tells readers of other threads and processes what to look up again.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "cloud/ports/registry.hpp"
#include "store/sql.hpp"

namespace xl::store {

/// What one piece of the writer's work has touched: what certificates are or may do has changed. Each is written into
/// the log once, however often it was touched.
class ChangeNotes {
 public:
  explicit ChangeNotes(sql::Connection& connection) : connection_(connection) {}
  void add(std::string_view certificate_id) { certificates_.emplace_back(certificate_id); }
  /// Every principal that the thing has now.
  Status add_thing(std::string_view account_id, std::string_view thing);
  /// Everybody who has the policy. Through groups, or with very many certificates, the account is named instead: the
  /// log must not grow with a fleet.
  Status add_policy(std::string_view account_id, std::string_view policy);
  /// What anybody in this account may do: one row, however many principals there are.
  void add_account(std::string_view account_id) { accounts_.emplace_back(account_id); }
  /// Inside the same transaction, when the work has succeeded.
  Status write() const;
  void clear();
  /// What was touched until now; what is undone later has touched nothing.
  struct Mark {
    std::size_t certificates = 0, accounts = 0;
  };
  Mark mark() const { return {certificates_.size(), accounts_.size()}; }
  void go_back_to(const Mark& mark) {
    certificates_.resize(mark.certificates);
    accounts_.resize(mark.accounts);
  }
  bool is_empty() const { return certificates_.empty() && accounts_.empty(); }

 private:
  Status add_all(sql::Query& certificates);

  sql::Connection& connection_;
  std::vector<std::string> certificates_, accounts_;  ///< in their order, as often as they were touched
};

Result<cloud::Changes> changes_after(sql::Connection& connection, std::int64_t number);
/// Keeps the log from growing; a reader who comes later than this is told to look everything up.
Status forget_old_changes(sql::Connection& connection);

}  // namespace xl::store
