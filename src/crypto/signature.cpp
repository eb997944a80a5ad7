// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/bytes.hpp"

namespace xl::crypto {
namespace {

template <auto Free>
struct Deleter {
  void operator()(auto* object) const { Free(object); }
};
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free_all>>;
using Key = std::shared_ptr<EVP_PKEY>;
using Context = std::unique_ptr<EVP_MD_CTX, Deleter<&EVP_MD_CTX_free>>;
using Pair = std::unique_ptr<ECDSA_SIG, Deleter<&ECDSA_SIG_free>>;

constexpr int kHalf = 32;

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return key != nullptr &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

Key read_public(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  return is_p256(key.get()) ? std::move(key) : nullptr;
}

/// OpenSSL 3 takes several times as long to read a key as to check a signature with it, and few keys sign very much.
class KnownKeys {
 public:
  Key find(std::string_view pem) {
    const std::lock_guard lock(mutex_);
    const auto known = keys_.find(pem);
    if (known != keys_.end()) return known->second;
    Key key = read_public(pem);
    if (keys_.size() == kKeysMax) keys_.clear();
    if (key) keys_.emplace(pem, key);
    return key;
  }

 private:
  static constexpr std::size_t kKeysMax = 1000;
  std::mutex mutex_;
  std::map<std::string, Key, std::less<>> keys_;
};

Key known_key(std::string_view pem) {
  static KnownKeys keys;
  return keys.find(pem);
}

const unsigned char* octets(std::string_view text) { return as_bytes(text).data(); }

std::string as_der(std::string_view signature) {
  Pair pair(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(octets(signature), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(octets(signature) + kHalf, kHalf, nullptr);
  if (ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string as_halves(const std::string& der) {
  const unsigned char* at = octets(der);
  const Pair pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) return {};
  std::string out(2 * kHalf, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes, kHalf) != kHalf) return {};
  if (BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes + kHalf, kHalf) != kHalf) return {};
  return out;
}

}  // namespace

Result<std::string> sign_p256(std::string_view key_pem, std::string_view text) {
  const Bio bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!is_p256(key.get())) return fail(Error::invalid("not a P-256 private key"));
  const Context context(EVP_MD_CTX_new());
  std::string der(128, '\0');
  std::size_t size = der.size();
  const bool is_signed = EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                         EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                                        octets(text), text.size()) == 1;
  if (!is_signed) return fail(Error::internal("OpenSSL cannot sign"));
  der.resize(size);
  return as_halves(der);
}

bool is_signed_p256(std::string_view public_pem, std::string_view text, std::string_view signature) {
  if (signature.size() != 2 * kHalf) return false;
  const Key key = known_key(public_pem);
  const std::string der = as_der(signature);
  const Context context(EVP_MD_CTX_new());
  return key != nullptr && !der.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), octets(der), der.size(), octets(text), text.size()) == 1;
}

Result<std::string> canonical_p256_public(std::string_view public_pem) {
  const Key key = read_public(public_pem);
  if (!key) return fail(Error::invalid("not a P-256 public key in PEM (BEGIN PUBLIC KEY)"));
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace xl::crypto
