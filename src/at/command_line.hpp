// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::at {

/// A command as written: the word with its `?` or `!`, its number, and what follows. Nothing is judged yet.
struct CommandLine {
  std::string_view word;           ///< letters and `_`, then at most one `?` or `!`; may be empty
  std::optional<unsigned> suffix;  ///< digits glued to the word; at most kSuffixMax
  bool separated = true;           ///< false: something else than a space follows (guide 4.2.4.1)
  bool has_parameter = false;      ///< a separator was there, even if nothing follows it
  ByteSpan parameter;              ///< after the one separator, still escaped
};

/// source: guide 4.2
CommandLine split_command_line(ByteSpan line);

std::string_view without_outer_spaces(std::string_view text);

/// The decimal number that is all of `text` but the spaces around it; nullopt when it is anything else or over `max`.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max);

}  // namespace xl::at
