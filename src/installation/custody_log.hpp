// SPDX-License-Identifier: Apache-2.0
// The custody log outside the registry: DIR/custody-log.jsonl has every entry that was sealed, so that a registry that
// is put back from a backup can be told what has happened since (docs/registry.md "Reconciling").
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

inline std::filesystem::path custody_log_of(const std::filesystem::path& folder) {
  return folder / "custody-log.jsonl";
}

/// An entry with what else has to be known to write it again.
struct LoggedEntry {
  std::int64_t number = 0;  ///< in the registry that it was sealed in
  cloud::CustodyEntry entry;
  std::string public_key;  ///< Custody::public_key as it was when the entry was sealed
};

/// A line of JSON, without its end.
std::string log_line(const LoggedEntry& logged);

/// SHA-256 chained over texts.
class Chain {
 public:
  void add(std::string_view text);
  const std::string& root() const { return root_; }

 private:
  std::string root_ = std::string(64, '0');
};
/// What Seal::root is chained over.
std::string sealed_text(std::int64_t number, std::string_view hash);

/// The log as it was sealed, from the first entry of the registry that was sealed last.
class SealedLog {
 public:
  /// Checks every seal and every line. Nothing was ever sealed: an empty log.
  /// errors: not_found (the log is not there), corrupt (says what does not fit), io
  static Result<SealedLog> open(const std::filesystem::path& folder);

  /// In order, those of the lines that are sealed. errors: those of `visit`
  Status each(const std::function<Status(const LoggedEntry&)>& visit) const;
  /// The entry is the last one of its module.
  bool is_last(const LoggedEntry& logged) const { return last_of_.at(logged.entry.fingerprint) == logged.number; }
  std::int64_t entries() const { return entries_; }
  const std::string& sealed_at() const { return sealed_at_; }  ///< ISO 8601; empty: never

 private:
  struct Range {
    std::int64_t from = 0, to = 0;
  };
  explicit SealedLog(std::filesystem::path file) : file_(std::move(file)) {}
  Status read(Range range, const std::function<Status(std::string_view line)>& visit) const;

  std::filesystem::path file_;
  std::vector<Range> ranges_;
  std::map<std::string, std::int64_t, std::less<>> last_of_;  ///< by fingerprint
  std::int64_t entries_ = 0;
  std::string sealed_at_;
};

}  // namespace xl::installation
