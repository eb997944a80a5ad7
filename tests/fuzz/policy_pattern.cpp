// SPDX-License-Identifier: Apache-2.0
// A policy's pattern against the plainest matcher. Input: a line with the pattern, then the text.
#include "cloud/policy/pattern.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"
#include "mqtt/utf8.hpp"

namespace xl::fuzz {
namespace {

constexpr std::size_t kMatchBytesMax = 256;

/// By the definition: column by column, which texts can the pattern from here on match?
bool matches_naively(std::string_view pattern, std::string_view text) {
  const auto continues = [&](std::size_t at) {
    return at < text.size() && (static_cast<Byte>(text[at]) & 0xC0) == 0x80;
  };
  std::vector<bool> rest(text.size() + 1, false);
  rest[text.size()] = true;
  for (std::size_t p = pattern.size(); p-- > 0;) {
    std::vector<bool> here(text.size() + 1, false);
    for (std::size_t t = text.size() + 1; t-- > 0;) {
      std::size_t next = t + 1;
      while (continues(next)) ++next;
      if (pattern[p] == '*')
        here[t] = rest[t] || (t < text.size() && here[next]);
      else if (t < text.size() && pattern[p] == '?')
        here[t] = rest[next];
      else if (t < text.size())
        here[t] = pattern[p] == text[t] && rest[t + 1];
    }
    rest = std::move(here);
  }
  return rest[0];
}

}  // namespace

void run(ByteView input) {
  std::string_view text = as_text(input);
  const std::string_view pattern = take_part(text);
  if (std::max(pattern.size(), text.size()) > kMatchBytesMax) return;
  if (!mqtt::is_utf8_string(pattern) || !mqtt::is_utf8_string(text)) return;  // parsers let nothing else in
  const auto compiled = cloud::policy::Pattern::compile(pattern, {.variables = false});
  require(compiled && compiled->matches(text, {}) == matches_naively(pattern, text), "matching is by the definition");
}

}  // namespace xl::fuzz
