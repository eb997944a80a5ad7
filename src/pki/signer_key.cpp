// SPDX-License-Identifier: Apache-2.0
// An EC_KEY with a method of its own: deprecated in OpenSSL 3.0, and there in all of 3.x. A provider would need a key
// management, a store and a signature implementation, and every context of the process told about it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pki/signer_key.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace xl::pki {
namespace {

using SignerPtr = std::shared_ptr<DigestSigner>;
using EcKeyPtr = std::unique_ptr<EC_KEY, OpenSslFree<EC_KEY_free>>;
using SignaturePtr = std::unique_ptr<ECDSA_SIG, OpenSslFree<ECDSA_SIG_free>>;

constexpr int kSignerFailed = 1;  // the only reason code of our error library

int error_library() {
  static const int library = ERR_get_next_error_library();
  return library;
}

void free_signer(void*, void* signer, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<SignerPtr*>(signer); }

/// OpenSSL has copied the pointer; a copied key holds the signer too.
int copy_signer(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** signer, int, long, void*) {
  if (*signer != nullptr) *signer = new SignerPtr(*static_cast<SignerPtr*>(*signer));
  return 1;
}

int signer_index() {
  static const int index = EC_KEY_get_ex_new_index(0, nullptr, nullptr, &copy_signer, &free_signer);
  return index;
}

/// The same number in 32 octets: the leftmost of a longer digest, zeros before a shorter one.
P256Number as_number(const unsigned char* digest, int size) {
  P256Number number{};
  const auto count = std::min(number.size(), static_cast<std::size_t>(size));
  std::copy_n(digest, count, number.end() - static_cast<std::ptrdiff_t>(count));
  return number;
}

SignaturePtr to_openssl(const P256Signature& signature) {
  SignaturePtr made(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(signature.r.data(), static_cast<int>(signature.r.size()), nullptr);
  BIGNUM* s = BN_bin2bn(signature.s.data(), static_cast<int>(signature.s.size()), nullptr);
  if (made && r != nullptr && s != nullptr && ECDSA_SIG_set0(made.get(), r, s) == 1) return made;
  BN_free(r);
  BN_free(s);
  return nullptr;
}

ECDSA_SIG* sign_to_object(const unsigned char* digest, int size, const BIGNUM*, const BIGNUM*, EC_KEY* key) {
  const auto* signer = static_cast<SignerPtr*>(EC_KEY_get_ex_data(key, signer_index()));
  if (signer == nullptr || size < 0) return nullptr;
  const auto signature = (*signer)->sign(as_number(digest, size));
  if (!signature) {
    ERR_raise_data(error_library(), kSignerFailed, "%s", signature.error().detail.c_str());
    return nullptr;
  }
  return to_openssl(*signature).release();
}

int sign_to_der(int, const unsigned char* digest, int size, unsigned char* out, unsigned int* out_size,
                const BIGNUM* inverse, const BIGNUM* r, EC_KEY* key) {
  const SignaturePtr signature(sign_to_object(digest, size, inverse, r, key));
  const int written = signature ? i2d_ECDSA_SIG(signature.get(), &out) : 0;
  if (written <= 0) return 0;
  *out_size = static_cast<unsigned int>(written);
  return 1;
}

const EC_KEY_METHOD* signer_method() {
  static const EC_KEY_METHOD* const method = [] {
    EC_KEY_METHOD* made = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    if (made != nullptr) EC_KEY_METHOD_set_sign(made, &sign_to_der, nullptr, &sign_to_object);
    return made;
  }();
  return method;
}

/// Checks that the point is on the curve.
bool set_point(EC_KEY* key, const P256Point& point) {
  BIGNUM* x = BN_bin2bn(point.x.data(), static_cast<int>(point.x.size()), nullptr);
  BIGNUM* y = BN_bin2bn(point.y.data(), static_cast<int>(point.y.size()), nullptr);
  const bool good = x != nullptr && y != nullptr && EC_KEY_set_public_key_affine_coordinates(key, x, y) == 1;
  BN_free(x);
  BN_free(y);
  return good;
}

}  // namespace

Result<PkeyPtr> key_of_signer(const P256Point& public_key, std::shared_ptr<DigestSigner> signer) {
  EcKeyPtr key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  if (!key || !set_point(key.get(), public_key)) {
    ERR_clear_error();
    return fail(Error::corrupt("The secure element's public key is not a point of the curve P-256."));
  }
  auto owned = std::make_unique<SignerPtr>(std::move(signer));
  PkeyPtr wrapped(EVP_PKEY_new());
  const bool good = wrapped && signer_method() != nullptr && EC_KEY_set_method(key.get(), signer_method()) == 1 &&
                    EC_KEY_set_ex_data(key.get(), signer_index(), owned.get()) == 1;
  [[maybe_unused]] const SignerPtr* given = good ? owned.release() : nullptr;  // the key's now
  if (!good || EVP_PKEY_assign_EC_KEY(wrapped.get(), key.get()) != 1) {
    ERR_clear_error();
    return fail(Error::internal("OpenSSL does not take a key of a secure element."));
  }
  [[maybe_unused]] const EC_KEY* taken = key.release();
  return wrapped;
}

std::optional<std::string> take_signer_failure() {
  std::optional<std::string> found;
  const char* detail = nullptr;
  int flags = 0;
  while (const unsigned long error = ERR_get_error_all(nullptr, nullptr, nullptr, &detail, &flags)) {
    const bool has_text = (flags & ERR_TXT_STRING) != 0 && detail != nullptr;
    if (ERR_GET_LIB(error) == error_library() && has_text) found = detail;
  }
  return found;
}

}  // namespace xl::pki
