// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "base/text.hpp"

namespace xl::crypto {

Sha256 sha256(ByteView data) {
  Sha256 out{};
  // Digests of memory cannot fail short of a broken OpenSSL; then nothing this process says can be trusted.
  if (EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha256(), nullptr) != 1) std::abort();
  return out;
}

std::array<Byte, 20> sha1(ByteView data) {
  std::array<Byte, 20> out{};
  if (EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha1(), nullptr) != 1) std::abort();
  return out;
}

std::string sha256_hex(std::string_view data) { return hex_encode(sha256(as_bytes(data))); }

Sha256 hmac_sha256(ByteView key, ByteView data) {
  Sha256 out{};
  unsigned size = 0;
  const Byte* const key_data = key.empty() ? out.data() : key.data();  // OpenSSL takes nullptr for "no key set"
  if (HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), data.data(), data.size(), out.data(), &size) ==
      nullptr) {
    std::abort();
  }
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace xl::crypto
