// SPDX-License-Identifier: Apache-2.0
#include "mqtt/utf8.hpp"

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

}  // namespace xl::mqtt
