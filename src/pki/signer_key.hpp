// SPDX-License-Identifier: Apache-2.0
// A key whose private half is somewhere else: OpenSSL asks a signer. TLS and certificate requests use it like any
// other.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::pki {

using P256Number = std::array<Byte, 32>;  ///< big-endian

/// A public key. source: SEC 1, 2.3.3 (uncompressed, without its leading 04)
struct P256Point {
  P256Number x{}, y{};
};
struct P256Signature {
  P256Number r{}, s{};
};

/// Signs with one P-256 key. Called by whichever thread does the handshake, also by several at a time.
class DigestSigner {
 public:
  virtual ~DigestSigner() = default;
  /// `digest` has 32 octets, whatever the hash function was: ECDSA uses no more of a longer one (SEC 1, 4.1.3).
  /// errors: unavailable (element away), forbidden (PIN), not_found (the key is gone)
  virtual Result<P256Signature> sign(const P256Number& digest) = 0;
};

/// The key lives as long as somebody holds it, and the signer with it. errors: corrupt (the point is not on the curve)
Result<PkeyPtr> key_of_signer(const P256Point& public_key, std::shared_ptr<DigestSigner> signer);

/// Takes all of this thread's OpenSSL errors; the detail of the signer's among them, or nullopt.
std::optional<std::string> take_signer_failure();

}  // namespace xl::pki
