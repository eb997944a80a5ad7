// SPDX-License-Identifier: Apache-2.0
#include "module/onboarding/json_reader.hpp"

namespace xl::module::onboarding {
namespace {

constexpr unsigned kDepthMax = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint32_t> hex_value(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

bool JsonReader::read_string(Text& out) {
  if (!take('"')) return false;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') return true;
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c != '\\') {
      out.add(c);
    } else if (!take_escape(out)) {
      return false;
    }
  }
  return false;
}

bool JsonReader::take_escape(Text& out) {
  if (rest_.empty()) return false;
  const char c = rest_.front();
  rest_.remove_prefix(1);
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const auto at = kLetters.find(c); at != std::string_view::npos) {
    out.add(kMeanings[at]);
    return true;
  }
  if (c != 'u') return false;
  const auto code = take_hex4();
  if (!code) return false;
  // Beyond ASCII the exact character is of no interest here: DEL is in no name that anybody compares with.
  out.add(*code < 0x80 ? static_cast<char>(*code) : '\x7F');
  return true;
}

std::optional<std::uint32_t> JsonReader::take_hex4() {
  if (rest_.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : rest_.substr(0, 4)) {
    const auto digit = hex_value(c);
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  rest_.remove_prefix(4);
  return value;
}

bool JsonReader::skip_value(unsigned depth) {
  if (depth > kDepthMax) return false;
  skip_space();
  if (rest_.empty()) return false;
  switch (rest_.front()) {
    case '{':
      return read_object([&](std::string_view) { return skip_value(depth + 1); });
    case '[':
      return skip_array(depth);
    case '"': {
      Text ignored;
      return read_string(ignored);
    }
    case 't':
      return take_word("true");
    case 'f':
      return take_word("false");
    case 'n':
      return take_word("null");
    default:
      return skip_number();
  }
}

bool JsonReader::skip_array(unsigned depth) {
  if (!take('[')) return false;
  if (take(']')) return true;
  do {
    if (!skip_value(depth + 1)) return false;
  } while (take(','));
  return take(']');
}

bool JsonReader::skip_number() {
  if (rest_.starts_with('-')) rest_.remove_prefix(1);
  if (rest_.starts_with('0')) {
    rest_.remove_prefix(1);
  } else if (!skip_digits()) {
    return false;
  }
  if (rest_.starts_with('.')) {
    rest_.remove_prefix(1);
    if (!skip_digits()) return false;
  }
  if (!rest_.starts_with('e') && !rest_.starts_with('E')) return true;
  rest_.remove_prefix(1);
  if (rest_.starts_with('+') || rest_.starts_with('-')) rest_.remove_prefix(1);
  return skip_digits();
}

bool JsonReader::skip_digits() {
  if (rest_.empty() || !is_digit(rest_.front())) return false;
  while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  return true;
}

bool JsonReader::at_end() {
  skip_space();
  return rest_.empty();
}

bool JsonReader::take(char c) {
  skip_space();
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool JsonReader::take_word(std::string_view word) {
  if (!rest_.starts_with(word)) return false;
  rest_.remove_prefix(word.size());
  return true;
}

void JsonReader::skip_space() {
  while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos)
    rest_.remove_prefix(1);
}

}  // namespace xl::module::onboarding
