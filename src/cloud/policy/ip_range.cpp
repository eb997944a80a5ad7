// SPDX-License-Identifier: Apache-2.0
#include "cloud/policy/ip_range.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <optional>

namespace xl::cloud::policy {
namespace {

struct Range {
  int family = AF_INET;
  std::array<unsigned char, 16> bytes{};
  unsigned prefix_bits = 0;
};

std::optional<Range> parse_address(const std::string& text) {
  Range range;
  range.family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (inet_pton(range.family, text.c_str(), range.bytes.data()) != 1) return std::nullopt;
  range.prefix_bits = range.family == AF_INET ? 32 : 128;
  return range;
}

std::optional<Range> parse_range(const std::string& text) {
  const std::size_t slash = text.find('/');
  auto range = parse_address(text.substr(0, slash));
  if (!range || slash == std::string::npos) return range;
  unsigned bits = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, bits);
  if (error != std::errc() || rest != end || bits > range->prefix_bits) return std::nullopt;
  range->prefix_bits = bits;
  return range;
}

bool bit_of(const Range& range, unsigned index) { return (range.bytes[index / 8] >> (7 - index % 8)) & 1; }

}  // namespace

bool is_range(const std::string& text) { return parse_range(text).has_value(); }

bool is_in_range(const std::string& address, const std::string& range_text) {
  const auto host = parse_address(address);
  const auto range = parse_range(range_text);
  if (!host || !range || host->family != range->family) return false;
  for (unsigned bit = 0; bit < range->prefix_bits; ++bit) {
    if (bit_of(*host, bit) != bit_of(*range, bit)) return false;
  }
  return true;
}

}  // namespace xl::cloud::policy
