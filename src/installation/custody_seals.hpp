// SPDX-License-Identifier: Apache-2.0
// The custody log sealed outside the registry: whoever rewrites the registry, or puts an old one in its place, cannot
// rewrite what was sealed (docs/onboarding.md section 1).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"

namespace xl::installation {

struct Seal;

/// Appends the custody entries to DIR/custody-log.jsonl and a seal on them to DIR/custody-seals.jsonl: the numbers of
/// the entries that it covers, SHA-256 chained over their hashes and over their lines of the log, the SHA-256 of the
/// seal before it, and a signature with DIR/custody.key (P-256, made on first use; DIR/custody.pub checks it).
class CustodySeals {
 public:
  /// errors: corrupt (the key or the last line cannot be read), io
  static Result<CustodySeals> open(const std::filesystem::path& folder);

  /// Seals the entries that came since the last seal; nothing when there are none. A registry that lacks what was
  /// sealed, or has something else there, is sealed anew from its first entry, and the line says so.
  Status seal(const cloud::Registry& registry, UnixMillis now);

 private:
  Status open_log(const Seal& last);
  Status write_log(const cloud::Registry& registry, Seal& seal, std::int64_t after);

  std::filesystem::path file_, log_file_;
  std::string key_pem_;
  bool has_log_ = true;         ///< the log has what the seals speak of
  std::int64_t log_bytes_ = 0;  ///< of it that are sealed
  std::int64_t last_ = 0;       ///< entry that is sealed
  std::string last_hash_;       ///< of that entry
  std::string previous_line_;   ///< SHA-256, hex; 64 zeros: there is none
};

/// The entry as one line of JSON, for people and their tools.
std::string custody_line(const cloud::CustodyEntry& entry);

struct CustodyReport {
  std::int64_t seals = 0, sealed_entries = 0, unsealed_entries = 0;
  std::vector<std::string> replaced;  ///< when another registry came into the place of the sealed one
  std::vector<std::string> broken;    ///< what does not fit, for people; empty: everything does
};

/// Reads every seal and every custody entry. errors: not_found (nothing was ever sealed), io
Result<CustodyReport> verify_custody(const std::filesystem::path& folder, const cloud::Registry& registry);

}  // namespace xl::installation
