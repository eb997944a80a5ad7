// SPDX-License-Identifier: Apache-2.0
#include "module/onboarding/host_name.hpp"

#include <algorithm>
#include <cstddef>

namespace xl::module::onboarding {
namespace {

constexpr std::size_t kHostNameBytesMax = 128;
constexpr std::size_t kLabelBytesMax = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_label_character(char c) { return is_digit(c) || c == '-' || (lower(c) >= 'a' && lower(c) <= 'z'); }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_label_character);
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.size() > kHostNameBytesMax) return false;
  for (std::size_t start = 0;;) {
    const std::size_t dot = text.find('.', start);
    const std::string_view label = text.substr(start, dot == std::string_view::npos ? dot : dot - start);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !std::ranges::all_of(label, is_digit);
    start = dot + 1;
  }
}

bool is_same_host(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace xl::module::onboarding
