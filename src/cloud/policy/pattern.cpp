// SPDX-License-Identifier: Apache-2.0
#include "cloud/policy/pattern.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace xl::cloud::policy {
namespace {

constexpr std::size_t kValueBytesMax = 1024;  // source: AWS IoT Developer Guide, "Certificate policy variables"

/// Where the character at `at` ends: UTF-8 by its first byte, a stray byte counts alone.
std::size_t next_character(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(at + length, text.size());
}

bool is_literal(Symbol symbol, char c) { return symbol == static_cast<unsigned char>(c); }

/// A certificate's text is chosen by whoever made it; one that looks like a wildcard stays out of the comparison.
bool may_be_substituted(std::string_view name, std::string_view value, bool in_topic_filter) {
  if (value.size() > kValueBytesMax) return false;
  if (name.starts_with("iot:Certificate.")) return value.find_first_of("*$+?#") == std::string_view::npos;
  // A client that calls itself `+` would otherwise subscribe to everybody's topics.
  return !in_topic_filter || value.find_first_of("+#") == std::string_view::npos;
}

}  // namespace

std::string folded(std::string_view text) { return to_lower(text); }

bool matches(const std::vector<Symbol>& pattern, std::string_view text) {
  constexpr auto kNone = static_cast<std::size_t>(-1);
  std::size_t p = 0, t = 0, after_star = kNone, star_reach = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAnySequence) {
      after_star = ++p;
      star_reach = t;
    } else if (p < pattern.size() && pattern[p] == kAnyCharacter) {
      ++p;
      t = next_character(text, t);
    } else if (p < pattern.size() && is_literal(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (after_star != kNone) {
      // Only the last `*` need ever give way: what lies before it has matched as early as it could.
      p = after_star;
      t = star_reach = next_character(text, star_reach);
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                     [](Symbol symbol) { return symbol == kAnySequence; });
}

void Pattern::add(std::string_view literal) {
  for (const char c : literal) add(static_cast<Symbol>(static_cast<unsigned char>(c)));
}

/// `rest` begins with `${`; the length of the reference.
Result<std::size_t> Pattern::add_reference(std::string_view rest) {
  const std::size_t end = rest.find('}');
  if (end == std::string_view::npos) return fail(Error::invalid("\"${\" is not closed by \"}\""));
  const std::string_view name = rest.substr(2, end - 2);
  if (name == "*" || name == "?" || name == "$") {
    add(name);
  } else {
    pieces_.back().variable = name;
    if (name.empty()) return fail(Error::invalid("\"${}\" names no variable"));
    pieces_.emplace_back();
  }
  return end + 1;
}

Result<Pattern> Pattern::compile(std::string_view text, const Syntax& syntax) {
  Pattern pattern;
  pattern.fold_case_ = syntax.fold_case;
  for (std::size_t i = 0; i < text.size();) {
    if (syntax.variables && text.substr(i).starts_with("${")) {
      XL_TRY(const std::size_t length, pattern.add_reference(text.substr(i)));
      i += length;
      continue;
    }
    if (syntax.wildcards && text[i] == '*') {
      pattern.add(kAnySequence);
    } else if (syntax.wildcards && text[i] == '?') {
      pattern.add(kAnyCharacter);
    } else {
      pattern.add(syntax.fold_case ? folded(text.substr(i, 1)) : text.substr(i, 1));
    }
    ++i;
  }
  return pattern;
}

std::optional<std::vector<Symbol>> Pattern::resolve(const Variables& variables, bool in_topic_filter) const {
  std::vector<Symbol> out;
  for (const Piece& piece : pieces_) {
    out.insert(out.end(), piece.symbols.begin(), piece.symbols.end());
    if (piece.variable.empty()) continue;
    const auto value = variables ? variables(piece.variable) : std::nullopt;
    if (!value || !may_be_substituted(piece.variable, *value, in_topic_filter)) return std::nullopt;
    for (const char c : fold_case_ ? folded(*value) : *value) out.push_back(static_cast<unsigned char>(c));
  }
  return out;
}

bool Pattern::matches(std::string_view text, const Variables& variables, bool in_topic_filter) const {
  if (pieces_.size() == 1) return policy::matches(pieces_.front().symbols, text);
  const auto symbols = resolve(variables, in_topic_filter);
  return symbols && policy::matches(*symbols, text);
}

}  // namespace xl::cloud::policy
