// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.hpp"

namespace xl::platform {

/// CRC-32 as in Ethernet and zip (polynomial 0x04C11DB7 reflected). `seed` continues an earlier sum.
constexpr std::uint32_t crc32(ByteView bytes, std::uint32_t seed = 0) {
  std::uint32_t sum = ~seed;
  for (const Byte byte : bytes) {
    sum ^= byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~sum;
}

}  // namespace xl::platform
