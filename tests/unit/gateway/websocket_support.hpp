// SPDX-License-Identifier: Apache-2.0
// The client's side of RFC 6455, as far as tests need it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/websocket_frames.hpp"

namespace xl::gateway::testing {

struct FrameShape {
  websocket::Opcode opcode = websocket::Opcode::binary;
  bool final = true, masked = true;
  std::uint8_t reserved = 0;     ///< RSV1 to 3 as they stand in the first byte
  std::size_t length_bytes = 0;  ///< 0: the shortest form; else 2 or 8 whether needed or not
  std::string_view mask = "\x11\x22\x33\x44";
};

inline std::string masked_frame(std::string_view payload, const FrameShape& shape = {}) {
  std::string out;
  out += static_cast<char>((shape.final ? 0x80U : 0U) | shape.reserved | static_cast<unsigned>(shape.opcode));
  std::size_t length_bytes = payload.size() < 126 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  if (shape.length_bytes != 0) length_bytes = shape.length_bytes;
  const std::size_t first = length_bytes == 0 ? payload.size() : length_bytes == 2 ? 126 : 127;
  out += static_cast<char>((shape.masked ? 0x80U : 0U) | first);
  for (std::size_t i = length_bytes; i-- > 0;) out += static_cast<char>(payload.size() >> (8 * i) & 255U);
  if (!shape.masked) return out.append(payload);
  out += shape.mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ shape.mask[i % 4]);
  return out;
}

}  // namespace xl::gateway::testing
