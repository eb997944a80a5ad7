// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "pki/openssl_ptr.hpp"

namespace xl::pki {

/// A private key in memory (CA keys, server keys, file key store). Copies share the key.
class PrivateKey {
 public:
  static PrivateKey generate_p256();
  static PrivateKey generate_rsa2048();
  static Result<PrivateKey> from_pem(std::string_view pem);  ///< errors: invalid_argument (no detail of the key in it)
  std::string to_pem() const;                                ///< PKCS#8, unencrypted: a secret
  std::string to_traditional_pem() const;                    ///< "BEGIN RSA PRIVATE KEY": a secret
  std::string public_pem() const;                            ///< SubjectPublicKeyInfo
  EVP_PKEY* pkey() const { return pkey_.get(); }
  explicit PrivateKey(PkeyPtr key) : pkey_(std::move(key)) {}

 private:
  std::shared_ptr<EVP_PKEY> pkey_;
};

}  // namespace xl::pki
