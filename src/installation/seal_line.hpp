// SPDX-License-Identifier: Apache-2.0
// Private to installation/: a line of DIR/custody-seals.jsonl, which writers and readers share.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace xl::installation {

inline std::filesystem::path seals_of(const std::filesystem::path& folder) { return folder / "custody-seals.jsonl"; }

struct Seal {
  std::int64_t first = 0, last = 0;  ///< custody entries, by their numbers in the registry
  std::string root;                  ///< SHA-256 chained over their numbers and hashes
  std::string last_hash;             ///< of the last of them
  std::string previous;              ///< SHA-256 of the line before; 64 zeros: there is none
  std::string at;
  /// The same entries in DIR/custody-log.jsonl: from which byte to which, and SHA-256 chained over the lines. Empty:
  /// the program that sealed them kept no such log.
  std::string log;
  std::int64_t log_from = 0, log_to = 0;
  bool is_new_registry =
      false;                ///< it begins again with entry 1: another registry came into the place of the sealed one
  bool is_new_log = false;  ///< it begins again with entry 1: the log was lost, or there was none before
  std::string signature;    ///< hex

  bool begins_anew() const { return is_new_registry || is_new_log; }
  /// What is signed: the line without its signature.
  boost::json::object body() const;
  std::string line() const;
};

/// `number`: of the line, from 1, for people. errors: corrupt
Result<Seal> parse_seal(std::string_view line, std::size_t number);

/// Whole lines; a crash may have left a part of one, which seals nothing.
std::vector<std::string_view> lines_of(std::string_view content);

bool is_signed(const Seal& seal, const std::string& public_pem);

}  // namespace xl::installation
