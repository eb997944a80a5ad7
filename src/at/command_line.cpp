// SPDX-License-Identifier: Apache-2.0
#include "at/command_line.hpp"

#include <algorithm>

#include "at/limits.hpp"

namespace xl::at {
namespace {

bool is_word_character(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class Predicate>
std::size_t length_of_run(std::string_view text, std::size_t from, Predicate belongs) {
  std::size_t end = from;
  while (end < text.size() && belongs(text[end])) ++end;
  return end - from;
}

unsigned saturated_number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = std::min(value * 10 + static_cast<unsigned>(c - '0'), kSuffixMax);
  return value;
}

}  // namespace

CommandLine split_command_line(ByteSpan line) {
  const std::string_view text = as_text(line);
  std::size_t word_end = length_of_run(text, 0, is_word_character);
  if (word_end > 0 && word_end < text.size() && (text[word_end] == '?' || text[word_end] == '!')) ++word_end;
  const std::size_t digits = length_of_run(text, word_end, is_digit);
  const std::size_t end = word_end + digits;

  CommandLine result;
  result.word = text.substr(0, word_end);
  if (digits != 0) result.suffix = saturated_number(text.substr(word_end, digits));
  if (end == text.size()) return result;
  result.separated = text[end] == ' ';
  result.has_parameter = result.separated;
  if (result.has_parameter) result.parameter = line.subspan(end + 1);
  return result;
}

std::string_view without_outer_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t max) {
  const std::string_view digits = without_outer_spaces(text);
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > max) return std::nullopt;
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace xl::at
