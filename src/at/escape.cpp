// SPDX-License-Identifier: Apache-2.0
#include "at/escape.hpp"

namespace xl::at {
namespace {

std::optional<Byte> byte_of(Byte letter) {
  switch (letter) {
    case 'A':
      return Byte{'\n'};
    case 'D':
      return Byte{'\r'};
    case '\\':
      return Byte{'\\'};
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::size_t> unescape(ByteSpan bytes) {
  std::size_t out = 0;
  for (std::size_t in = 0; in < bytes.size(); ++in) {
    Byte byte = bytes[in];
    if (byte == '\\') {
      if (++in == bytes.size()) return std::nullopt;
      const auto meant = byte_of(bytes[in]);
      if (!meant) return std::nullopt;
      byte = *meant;
    }
    bytes[out++] = byte;
  }
  return out;
}

std::string_view escape_of(Byte byte) {
  switch (byte) {
    case '\n':
      return "\\A";
    case '\r':
      return "\\D";
    case '\\':
      return "\\\\";
    default:
      return {};
  }
}

}  // namespace xl::at
