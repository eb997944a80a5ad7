// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "crypto/random.hpp"

namespace xl::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const Byte* bytes_of(std::string_view text) { return reinterpret_cast<const Byte*>(text.data()); }
Byte* bytes_of(std::string& text) { return reinterpret_cast<Byte*>(text.data()); }

}  // namespace

std::string seal(const AeadKey& key, std::string_view plaintext, std::string_view context) {
  std::string out(kNonceBytes + plaintext.size() + kTagBytes, '\0');
  random_bytes({bytes_of(out), kNonceBytes});
  const Context cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(out)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes_of(out) + kNonceBytes, &size, bytes_of(plaintext),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes_of(out) + kNonceBytes + plaintext.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          bytes_of(out) + kNonceBytes + plaintext.size()) == 1;
  if (!good) std::abort();  // only a broken OpenSSL gets here; writing the secret in the clear is not an option
  return out;
}

Result<std::string> unseal(const AeadKey& key, std::string_view sealed, std::string_view context) {
  const Error damaged = Error::corrupt("a sealed secret cannot be opened: wrong master.key or damaged data");
  if (sealed.size() < kNonceBytes + kTagBytes) return fail(damaged);
  const std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string out(text.size(), '\0');
  const Context cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(out), &size, bytes_of(text), static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_of(out) + text.size(), &size) == 1;
  if (!good) return fail(damaged);
  return out;
}

}  // namespace xl::crypto
