// SPDX-License-Identifier: Apache-2.0
// The hardware root of trust behind one port. source: guide 11 (opening paragraph)
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::keystore {

/// Holds one device key pair. The private half never leaves it, except from the file store, which is for development.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  /// A key that OpenSSL can use for client authentication and CSRs. For hardware, signing calls into the element.
  /// errors: unavailable (element pulled out, locked), corrupt
  virtual Result<pki::PkeyPtr> key() = 0;
  virtual std::string description() const = 0;  ///< for a person: "file key.pem", "TPM 2.0 handle 0x81000100"
};

/// `identity` is a module's identity folder: `key.pem` (file) or `key.uri` (tpm2:, pkcs11: not built yet).
/// errors: not_found, forbidden (key file readable by others), invalid_argument (unknown or unbuilt scheme)
Result<std::unique_ptr<KeyStore>> open_key_store(const std::filesystem::path& identity);
/// Generates a P-256 key pair in `identity` by the named store ("file"). errors: already_exists, invalid_argument, io
Result<std::unique_ptr<KeyStore>> create_key_store(const std::filesystem::path& identity, std::string_view kind);

}  // namespace xl::keystore
