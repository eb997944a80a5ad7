// SPDX-License-Identifier: Apache-2.0
#include "store/sql.hpp"

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/text.hpp"

namespace xl::store::sql {
namespace {

/// Whoever waits for another process's write asks often: a commit takes a millisecond or two, and SQLite's own pauses
/// grow to a tenth of a second. After a while the other does not just commit: then asking seldom is enough.
constexpr std::chrono::microseconds kSoon{250};
constexpr std::chrono::milliseconds kLater{5};
constexpr int kAskedSoon = 400;
constexpr int kAskedMax = kAskedSoon + 2000;  // ten seconds in all

int wait_for_others(void*, int asked) {
  if (asked >= kAskedMax) return 0;
  std::this_thread::sleep_for(asked < kAskedSoon ? kSoon : kLater);
  return 1;
}

/// One more than there are parameters: a bind too many meets 0, which SQLite refuses.
std::vector<int> slots_of(sqlite3_stmt* statement) {
  std::vector<int> out;
  do {
    out.push_back(sqlite3_bind_parameter_index(statement, ("$" + std::to_string(out.size() + 1)).c_str()));
  } while (out.back() != 0);
  return out;
}

std::string system_reason(sqlite3* database) {
  const int number = sqlite3_system_errno(database);
  return number == 0 ? "" : std::string(" (") + std::strerror(number) + ")";
}

/// SQLite takes options in a URI only; '?', '#' and '%' of the path are escaped in it.
std::string name_for(const std::filesystem::path& file, Access access) {
  if (access != Access::immutable) return file.string();
  return "file:" + percent_encode(std::filesystem::absolute(file).string(), "/") + "?immutable=1";
}

int flags_for(Access access) {
  const int base = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case Access::read_write:
      return base | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Access::read_only:
      return base | SQLITE_OPEN_READONLY;
    case Access::immutable:
      return base | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  }
  return base;
}

/// SQLite does not wait for the lock by itself when two programs open a new file at once.
Status use_log(Connection& connection) {
  for (int asked = 0;; ++asked) {
    const Status done = connection.execute("PRAGMA journal_mode = WAL");
    if (done || done.error().code != Errc::unavailable || wait_for_others(nullptr, asked) == 0) return done;
  }
}

}  // namespace

Error error_of(sqlite3* database) {
  const std::string text = std::string("registry: ") + sqlite3_errmsg(database);
  switch (sqlite3_extended_errcode(database)) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
      return {Errc::already_exists, text};
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return {Errc::conflict, text};
    default:
      break;
  }
  switch (sqlite3_errcode(database) & 0xff) {  // connections give extended codes
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, text + ". Another program holds it; end that program and try again"};
    case SQLITE_INTERRUPT:
      return {Errc::unavailable, text};
    case SQLITE_FULL:
      return {Errc::io, text + ". Free some space and try again"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return {Errc::io, text + ". The folder and its files must be readable and writable for this user"};
    case SQLITE_IOERR:
      return {Errc::io, text + system_reason(database) + ". See whether the disk is full, then the system's log"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::corrupt, text};
    case SQLITE_CONSTRAINT:
      return {Errc::conflict, text};
    case SQLITE_ERROR:  // a statement that does not fit the schema
    case SQLITE_MISUSE:
      return {Errc::internal, text};
    default:
      return {Errc::io, text};
  }
}

std::string Row::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data == nullptr ? std::string{}
                         : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<std::string> Row::optional_text(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

std::int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      slots_(other.slots_),
      broken_(std::move(other.broken_)) {}

/// 0, which no bind accepts, when there is no statement.
int Query::slot() {
  if (statement_ == nullptr || *slots_ == 0) return 0;
  return *slots_++;
}

Query& Query::bind(std::string_view value) {
  sqlite3_bind_text(statement_, slot(), value.data() == nullptr ? "" : value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Query& Query::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, slot(), value);
  return *this;
}

Query& Query::bind(const std::optional<std::string>& value) {
  if (value) return bind(std::string_view(*value));
  sqlite3_bind_null(statement_, slot());
  return *this;
}

Result<std::optional<Row>> Query::step() {
  if (broken_) return fail(*broken_);
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return std::optional<Row>(Row(statement_));
    case SQLITE_DONE:
      return std::optional<Row>();
    default:
      return fail(error_of(database_));
  }
}

Result<std::int64_t> Query::run() {
  for (;;) {
    XL_TRY(const auto row, step());
    if (!row) return static_cast<std::int64_t>(sqlite3_changes64(database_));
  }
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& file, Access access) {
  sqlite3* database = nullptr;
  const int result = sqlite3_open_v2(name_for(file, access).c_str(), &database, flags_for(access), nullptr);
  std::unique_ptr<Connection> connection(new Connection(database));
  if (result != SQLITE_OK)
    return fail(Error::io("cannot open " + file.string() + ": " + sqlite3_errmsg(database) + system_reason(database)));
  sqlite3_busy_handler(database, &wait_for_others, nullptr);
  XL_CHECK(connection->execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY"));
  if (access != Access::read_write) return connection;
  // SQLite falls back to reading when it may not write: better told now than by the first write.
  if (sqlite3_db_readonly(database, "main") == 1)
    return fail(Error::io("the file may not be written by this user. Give it back its owner and mode"));
  XL_CHECK(use_log(*connection));
  // A page that many commits change is copied out of the log once.
  XL_CHECK(connection->execute("PRAGMA wal_autocheckpoint = 4000"));
  return connection;
}

Connection::~Connection() {
  for (auto& [text, prepared] : statements_) sqlite3_finalize(prepared.statement);
  sqlite3_close(database_);
}

Query Connection::query(const char* text) {
  Prepared& prepared = statements_[text];
  if (prepared.statement == nullptr) {
    if (sqlite3_prepare_v3(database_, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared.statement, nullptr) != SQLITE_OK)
      return Query(error_of(database_));
    prepared.slots = slots_of(prepared.statement);
  }
  return Query(database_, prepared.statement, prepared.slots.data());
}

void Connection::stop_with(std::stop_token stop) {
  constexpr int kInstructionsBetweenLooks = 10000;
  stop_ = std::move(stop);
  sqlite3_progress_handler(
      database_, kInstructionsBetweenLooks,
      [](void* token) { return static_cast<std::stop_token*>(token)->stop_requested() ? 1 : 0; }, &stop_);
}

Result<bool> Connection::has_table(std::string_view name) {
  auto found = query("select 1 from sqlite_schema where type = 'table' and name = $1");
  found.bind(name);
  XL_TRY(const auto row, found.step());
  return row.has_value();
}

Result<bool> Connection::is_empty() {
  auto found = query("select 1 from sqlite_schema limit 1");
  XL_TRY(const auto row, found.step());
  return !row.has_value();
}

Status Connection::execute(const char* text) {
  if (sqlite3_exec(database_, text, nullptr, nullptr, nullptr) != SQLITE_OK) return fail(error_of(database_));
  return {};
}

}  // namespace xl::store::sql
