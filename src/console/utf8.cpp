// SPDX-License-Identifier: Apache-2.0
#include "console/utf8.hpp"

#include <cstddef>

#include "base/bytes.hpp"

namespace xl::console {
namespace {

/// Continuation bytes after `lead`; 4 for a byte that cannot lead.
std::size_t continuations(Byte lead) {
  if (lead < 0x80) return 0;
  if (lead >= 0xC2 && lead < 0xE0) return 1;
  if (lead >= 0xE0 && lead < 0xF0) return 2;
  if (lead >= 0xF0 && lead < 0xF5) return 3;
  return 4;
}

/// The second byte tells overlong forms, surrogates and values above U+10FFFF.
bool is_second(Byte lead, Byte second) {
  if (lead == 0xE0) return second >= 0xA0 && second < 0xC0;
  if (lead == 0xED) return second >= 0x80 && second < 0xA0;
  if (lead == 0xF0) return second >= 0x90 && second < 0xC0;
  if (lead == 0xF4) return second >= 0x80 && second < 0x90;
  return second >= 0x80 && second < 0xC0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const ByteView bytes = as_bytes(text);
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t more = continuations(bytes[at]);
    if (more == 4 || at + more >= bytes.size()) return false;
    if (more > 0 && !is_second(bytes[at], bytes[at + 1])) return false;
    for (std::size_t i = 2; i <= more; ++i)
      if ((bytes[at + i] & 0xC0) != 0x80) return false;
    at += more + 1;
  }
  return true;
}

}  // namespace xl::console
