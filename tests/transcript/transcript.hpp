// SPDX-License-Identifier: Apache-2.0
// AT conversations as text; README.md beside this file says how they are written.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace xl::tests {

struct Step {
  enum class Kind { host_line, host_bytes, exact_reply, reply_prefix, directive };
  Kind kind;
  std::string text;
  std::size_t line_number;
};

struct Scenario {
  std::string name;
  std::vector<Step> steps;
};

/// Throws std::runtime_error for a line that is none of the forms.
std::vector<Scenario> read_transcript(const std::filesystem::path& file);

/// The names of the folder's *.at files, sorted.
std::vector<std::string> transcript_names(const std::filesystem::path& folder);

/// \r \n \\ \xHH, for bytes that a text file cannot show.
std::string without_c_escapes(const std::string& text);

}  // namespace xl::tests
