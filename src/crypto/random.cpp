// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "base/text.hpp"

namespace xl::crypto {

void random_bytes(ByteSpan out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  random_bytes({reinterpret_cast<Byte*>(raw.data()), raw.size()});
  return hex_encode(as_bytes(raw));
}

std::string random_text(std::string_view alphabet, std::size_t length) {
  const std::size_t limit = 256 - 256 % alphabet.size();  // what lies above would favour the first characters
  std::string out;
  while (out.size() < length) {
    Byte byte = 0;
    random_bytes({&byte, 1});
    if (byte < limit) out += alphabet[byte % alphabet.size()];
  }
  return out;
}

std::string random_uuid() {
  std::array<Byte, 16> raw{};
  random_bytes(raw);
  raw[6] = static_cast<Byte>((raw[6] & 0x0f) | 0x40);  // version 4
  raw[8] = static_cast<Byte>((raw[8] & 0x3f) | 0x80);  // variant of RFC 4122
  const std::string hex = hex_encode(raw);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace xl::crypto
