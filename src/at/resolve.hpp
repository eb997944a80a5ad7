// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <tl/expected.hpp>

#include "at/command_line.hpp"
#include "at/command_spec.hpp"
#include "at/error.hpp"
#include "at/escape.hpp"

namespace xl::at {

template <class Context>
struct Call {
  const CommandSpec<Context>* command;
  Arguments arguments;
};

namespace resolving {

inline bool is_only_spaces(ByteView bytes) {
  for (const Byte byte : bytes) {
    if (byte != ' ') return false;
  }
  return true;
}

template <class Context>
tl::expected<void, AtError> check_suffix(const CommandSpec<Context>& command, const CommandLine& line) {
  const bool wrong = line.suffix ? command.suffix == Suffix::none : command.suffix == Suffix::required;
  if (wrong) return tl::make_unexpected(AtError::parameter_error);
  if (!line.separated) return tl::make_unexpected(command.unseparated);
  if (line.suffix && (*line.suffix < command.suffix_min || *line.suffix > command.suffix_max)) {
    return tl::make_unexpected(AtError::out_of_range);
  }
  return {};
}

template <class Context>
bool obeys_argument_rule(const CommandSpec<Context>& command, const Arguments& arguments) {
  switch (command.argument) {
    case Argument::none:
      return is_only_spaces(arguments.parameter);
    case Argument::required:
      return arguments.has_parameter;
    default:
      return true;
  }
}

}  // namespace resolving

/// Finds the command of `line` (what followed `AT+`) and checks all that its row declares, from left to right; the
/// first breach decides. Undoes the parameter's escapes in place. errors: command_not_found, parameter_error (suffix,
/// argument), parse_error, out_of_range, invalid_escape source: guide 4.2, 4.3.3
template <class Context>
tl::expected<Call<Context>, AtError> resolve(std::span<const CommandSpec<Context>> table, ByteSpan line) {
  const CommandLine parts = split_command_line(line);
  const auto* command = find(table, parts.word);
  if (command == nullptr) return tl::make_unexpected(AtError::command_not_found);
  if (auto suffix = resolving::check_suffix(*command, parts); !suffix) return tl::make_unexpected(suffix.error());
  const auto size = unescape(parts.parameter);
  if (!size) return tl::make_unexpected(AtError::invalid_escape);
  const Arguments arguments{
      .suffix = parts.suffix, .has_parameter = parts.has_parameter, .parameter = parts.parameter.first(*size)};
  if (!resolving::obeys_argument_rule(*command, arguments)) return tl::make_unexpected(AtError::parameter_error);
  return Call<Context>{command, arguments};
}

}  // namespace xl::at
