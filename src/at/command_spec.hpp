// SPDX-License-Identifier: Apache-2.0
// A command as data: the row says what the language checks, before the handler sees the call.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "at/error.hpp"
#include "at/limits.hpp"
#include "at/reply.hpp"
#include "base/bytes.hpp"

namespace xl::at {

enum class Suffix : std::uint8_t { none, required, optional };
enum class Argument : std::uint8_t { none, required, optional };

/// What the module may be doing when a command arrives.
enum class States : std::uint8_t {
  all,
  all_but_connecting,  ///< refused with ERR25 while CONNECT! is under way (guide 4.7.8.5)
};

/// A call that obeys its row.
struct Arguments {
  std::optional<unsigned> suffix;  ///< the number glued to the word, within its row's range
  bool has_parameter = false;      ///< a separator was there
  ByteView parameter;              ///< unescaped; may be empty

  std::string_view text() const { return as_text(parameter); }
};

template <class Context>
struct CommandSpec {
  std::string_view name;  ///< upper case
  Suffix suffix = Suffix::none;
  unsigned suffix_min = 0;
  unsigned suffix_max = kSuffixMax;
  Argument argument = Argument::none;
  AtError unseparated = AtError::parse_error;  ///< something else than a space follows (guide 4.2.4.1)
  States allowed_in = States::all;
  Reply (*run)(Context&, const Arguments&) = nullptr;
};

/// The rule find() relies on.
template <class Context, std::size_t kCount>
constexpr bool is_sorted_and_unique(const std::array<CommandSpec<Context>, kCount>& table) {
  for (std::size_t i = 1; i < kCount; ++i) {
    if (!(table[i - 1].name < table[i].name)) return false;
  }
  return true;
}

/// `word` in any case; nullptr when the table has no such command.
template <class Context>
const CommandSpec<Context>* find(std::span<const CommandSpec<Context>> table, std::string_view word) {
  std::array<char, kCommandWordMax> upper{};
  if (word.size() > upper.size()) return nullptr;
  for (std::size_t i = 0; i < word.size(); ++i) {
    upper[i] = word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
  }
  const std::string_view name(upper.data(), word.size());
  std::size_t low = 0;
  for (std::size_t high = table.size(); low < high;) {
    const std::size_t middle = low + (high - low) / 2;
    table[middle].name < name ? low = middle + 1 : high = middle;
  }
  return low < table.size() && table[low].name == name ? &table[low] : nullptr;
}

}  // namespace xl::at
