// SPDX-License-Identifier: Apache-2.0
// Private to store/: a thin layer over SQLite. The SQL text would run on PostgreSQL too: `$n` parameters, bound by name
// because SQLite numbers slots by first appearance.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace xl::store::sql {

/// immutable: a file that nobody writes; neither locks nor files beside it are needed.
enum class Access { read_write, read_only, immutable };

/// A row's columns, left to right; valid until the statement steps again.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  std::string text(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::int64_t integer(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  UnixMillis time(int column) const { return from_millis(integer(column)); }

 private:
  sqlite3_stmt* statement_;
};

/// One run of a cached statement: bind in order, then step. Reset when it goes out of scope.
class Query {
 public:
  Query(sqlite3* database, sqlite3_stmt* statement, const int* slots)
      : database_(database), statement_(statement), slots_(slots) {}
  explicit Query(Error broken) : broken_(std::move(broken)) {}
  ~Query();
  Query(Query&& other) noexcept;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::string_view value);
  Query& bind(const char* value) { return bind(std::string_view(value)); }
  Query& bind(const std::string& value) { return bind(std::string_view(value)); }
  Query& bind(std::int64_t value);
  Query& bind(bool value) { return bind(static_cast<std::int64_t>(value)); }
  Query& bind(UnixMillis value) { return bind(to_millis(value)); }
  Query& bind(const std::optional<std::string>& value);

  /// The next row, nullopt at the end. errors: already_exists (unique key), conflict (reference), unavailable, io,
  /// corrupt
  Result<std::optional<Row>> step();
  /// Steps to the end. The number of rows changed.
  Result<std::int64_t> run();

 private:
  int slot();
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  const int* slots_ = nullptr;   // SQLite's index of $1, $2 … in order
  std::optional<Error> broken_;  // could not be prepared: every step says so
};

/// One connection; used by one thread.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepared once per text and kept. A failure to prepare (disk, lock, damage) is told by the first step.
  Query query(const char* text);
  /// Several statements without parameters.
  Status execute(const char* text);
  /// False outside begin … commit, and after a failure (disk full, I/O) that made the database undo all of it.
  bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }
  /// From now on every statement ends with `unavailable` soon after a stop is requested.
  void stop_with(std::stop_token stop);
  Result<bool> has_table(std::string_view name);
  Result<bool> is_empty();  ///< no tables at all

 private:
  explicit Connection(sqlite3* database) : database_(database) {}
  sqlite3* database_;
  std::stop_token stop_;
  struct Prepared {
    sqlite3_stmt* statement = nullptr;
    std::vector<int> slots;
  };
  std::map<const char*, Prepared> statements_;  // keyed by address: every text is a literal
};

/// Translates the connection's last failure.
Error error_of(sqlite3* database);

}  // namespace xl::store::sql
