// SPDX-License-Identifier: Apache-2.0
#include "pki/private_key.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>

namespace xl::pki {
namespace {

std::string written(const auto& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  char* data = nullptr;
  if (!bio || write(bio.get()) != 1) std::abort();
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

PrivateKey PrivateKey::generate_p256() {
  PkeyPtr key(EVP_EC_gen("P-256"));
  if (!key) std::abort();  // only a broken OpenSSL or no entropy: nothing is safe then
  return PrivateKey(std::move(key));
}

PrivateKey PrivateKey::generate_rsa2048() {
  PkeyPtr key(EVP_RSA_gen(2048));
  if (!key) std::abort();
  return PrivateKey(std::move(key));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase: OpenSSL would otherwise ask on the terminal for the one of an encrypted key.
  char no_passphrase[] = "";
  PkeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase) : nullptr);
  ERR_clear_error();
  if (!key) return fail(Error::invalid("not a private key: expected one unencrypted PEM block"));
  return PrivateKey(std::move(key));
}

std::string PrivateKey::to_pem() const {
  return written([this](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, pkey_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string PrivateKey::to_traditional_pem() const {
  return written([this](BIO* bio) {
    return PEM_write_bio_PrivateKey_traditional(bio, pkey_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

std::string PrivateKey::public_pem() const {
  return written([this](BIO* bio) { return PEM_write_bio_PUBKEY(bio, pkey_.get()); });
}

}  // namespace xl::pki
