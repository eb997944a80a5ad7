// SPDX-License-Identifier: Apache-2.0
#include "mqtt/utf8.hpp"

#include <algorithm>
#include <cstddef>

#include "base/bytes.hpp"

namespace xl::mqtt {
namespace {

/// The second byte's range, which also shuts out overlong forms, surrogates and code points over U+10FFFF.
/// source: Unicode 15 table 3-7
struct Lead {
  std::size_t continuation_bytes;
  Byte second_min;
  Byte second_max;
};

Lead classify(Byte lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Bytes of the multi-byte sequence at the start of `rest`; 0 when it is not one.
std::size_t sequence_size(ByteView rest) {
  const Lead lead = classify(rest[0]);
  if (lead.continuation_bytes == 0 || rest.size() <= lead.continuation_bytes) return 0;
  if (rest[1] < lead.second_min || rest[1] > lead.second_max) return 0;
  for (std::size_t i = 2; i <= lead.continuation_bytes; ++i) {
    if ((rest[i] & 0xC0) != 0x80) return 0;
  }
  return lead.continuation_bytes + 1;
}

/// U+0000 to U+001F, U+007F to U+009F, U+FDD0 to U+FDEF and the last two of every plane.
bool is_control_or_noncharacter(ByteView character) {
  switch (character.size()) {
    case 1:
      return character[0] < 0x20 || character[0] == 0x7F;
    case 2:
      return character[0] == 0xC2 && character[1] < 0xA0;
    case 3:
      if (character[0] != 0xEF) return false;
      return (character[1] == 0xB7 && character[2] >= 0x90 && character[2] <= 0xAF) ||
             (character[1] == 0xBF && character[2] >= 0xBE);
    default:
      return (character[1] & 0x0F) == 0x0F && character[2] == 0xBF && character[3] >= 0xBE;
  }
}

}  // namespace

bool is_utf8_string(std::string_view text) {
  const ByteView bytes = as_bytes(text);
  for (std::size_t i = 0; i < bytes.size();) {
    if (bytes[i] == 0) return false;
    const std::size_t step = bytes[i] < 0x80 ? 1 : sequence_size(bytes.subspan(i));
    if (step == 0) return false;
    i += step;
  }
  return true;
}

bool is_printable(std::string_view utf8) {
  const ByteView bytes = as_bytes(utf8);
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t step = std::max<std::size_t>(1, sequence_size(bytes.subspan(i)));
    if (is_control_or_noncharacter(bytes.subspan(i, step))) return false;
    i += step;
  }
  return true;
}

}  // namespace xl::mqtt
