// SPDX-License-Identifier: Apache-2.0
// A registry as a file: is it whole, is it ours, what does it hold. Changes nothing.
#pragma once
#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "base/result.hpp"

namespace xl::store {

namespace sql {
class Connection;
}

/// What a registry holds: a person compares it with what was expected.
struct Contents {
  std::int64_t accounts = 0;
  std::int64_t things = 0;
  std::int64_t certificates = 0;
  std::int64_t custody_entries = 0;
  std::uintmax_t bytes = 0;
};
Result<Contents> count_contents(sql::Connection& connection);

/// Reads all of a file that nobody writes: every page, every index, the schema.
/// errors: not_found, corrupt (damaged, not a registry, of a newer program), unavailable (stop was requested), io
Result<Contents> inspect(const std::filesystem::path& file, std::stop_token stop = {});

/// Before the first write: SQLite would only notice damage when it reaches it. One pass over all pages without the
/// indices (quick_check): it costs as long as reading the file does. A missing or empty file is no damage.
/// errors: corrupt (says what to do and names the newest backup in `backups` beside the file), io, unavailable
Status refuse_damage(const std::filesystem::path& file);

}  // namespace xl::store
