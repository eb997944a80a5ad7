// SPDX-License-Identifier: Apache-2.0
// Private to policy/: one string of a policy (action, resource, condition value), compiled once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cloud/policy/policy.hpp"

namespace xl::cloud::policy {

/// A character to match literally (0 to 255), or one of the wildcards.
using Symbol = std::uint16_t;
inline constexpr Symbol kAnySequence = 256;   ///< `*`: any characters, `/` included
inline constexpr Symbol kAnyCharacter = 257;  ///< `?`: exactly one UTF-8 character

/// Does the whole text match? No recursion and no catastrophic backtracking: at most |pattern| * |text| steps.
bool matches(const std::vector<Symbol>& pattern, std::string_view text);

class Pattern {
 public:
  struct Syntax {
    bool wildcards = true;  ///< `*` and `?` are wildcards
    bool variables = true;  ///< `${name}` is replaced (documents of version 2012-10-17)
    bool fold_case = false;
  };
  /// errors: invalid_argument (`${` without `}`)
  static Result<Pattern> compile(std::string_view text, const Syntax& syntax);

  /// The symbols for one request. A substituted value is never read as a wildcard. nullopt: a variable has no value
  /// here, or one that must not be substituted; such a text matches nothing.
  std::optional<std::vector<Symbol>> resolve(const Variables& variables, bool in_topic_filter) const;
  /// `text` must be in lower case when the pattern folds case.
  bool matches(std::string_view text, const Variables& variables, bool in_topic_filter = false) const;

 private:
  struct Piece {
    std::vector<Symbol> symbols;
    std::string variable;  ///< follows the symbols; empty: none
  };
  void add(std::string_view literal);
  void add(Symbol symbol) { pieces_.back().symbols.push_back(symbol); }
  Result<std::size_t> add_reference(std::string_view rest);

  std::vector<Piece> pieces_{1};
  bool fold_case_ = false;
};

/// ASCII.
std::string folded(std::string_view text);

}  // namespace xl::cloud::policy
