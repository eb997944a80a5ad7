// SPDX-License-Identifier: Apache-2.0
// The hardware root of trust behind one port. source: guide 11 (opening paragraph); docs/keystores.md
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::keystore {

/// Holds one device key pair. The private half never leaves it, except from the file store, which is for development.
/// An element may be pulled out and come back: the next call finds it again.
class KeyStore {
 public:
  virtual ~KeyStore() = default;
  /// A key that OpenSSL can use for client authentication and CSRs. For hardware the element is asked for its public
  /// half each time, and signing calls into the element; the key may be used by several threads and outlive the store.
  /// errors: unavailable (element pulled out, busy), forbidden (PIN wrong or locked), not_found (the element is there
  /// and has no such key), corrupt
  virtual Result<pki::PkeyPtr> key() = 0;
  virtual std::string description() const = 0;  ///< for a person: "file key.pem", "TPM 2.0 handle 0x81000100"
  /// False: whoever reads the module's disk has the key.
  virtual bool guards_key() const { return true; }
  /// Keeps a copy of the certificate beside the key where the element has a place for it; no effect elsewhere.
  /// errors: as key()
  virtual Status keep_certificate(X509* /*certificate*/) { return {}; }
};

/// `identity` is a module's identity folder: `key.pem`, or `key.uri` with a URI of one line. An element that is away is
/// no error here, key() tells. errors: not_found, forbidden (file readable by others), invalid_argument (URI)
Result<std::unique_ptr<KeyStore>> open_key_store(const std::filesystem::path& identity);

/// Generates a P-256 key pair inside the store, and its name in `identity`. `where` is "file", "tpm2", "pkcs11", or one
/// of these with a colon and the place, as in key.uri; `label` names the key to people where the element can keep it.
/// errors: already_exists, invalid_argument, unavailable, forbidden, io (the element is full)
Result<std::unique_ptr<KeyStore>> create_key_store(const std::filesystem::path& identity, std::string_view where,
                                                   const std::string& label = {});

/// Removes the key that `identity` names from its element, which nobody can undo. Nothing where there is none.
/// errors: unavailable, forbidden
Status discard_key(const std::filesystem::path& identity);

}  // namespace xl::keystore
