// SPDX-License-Identifier: Apache-2.0
#include "keystore/file/file_store.hpp"

#include <utility>

#include "keystore/private_file.hpp"
#include "pki/private_key.hpp"

namespace xl::keystore::file {
namespace {

namespace fs = std::filesystem;

class FileStore final : public KeyStore {
 public:
  FileStore(pki::PrivateKey key, fs::path path) : key_(std::move(key)), path_(std::move(path)) {}
  Result<pki::PkeyPtr> key() override {
    EVP_PKEY_up_ref(key_.pkey());
    return pki::PkeyPtr(key_.pkey());
  }
  std::string description() const override { return "file " + path_.string(); }
  bool guards_key() const override { return false; }

 private:
  pki::PrivateKey key_;
  fs::path path_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open(const fs::path& identity) {
  const fs::path path = identity / kFileName;
  const auto pem = read_private_file(path);
  if (!pem && pem.error().code == Errc::not_found) {
    return fail(Error::not_found("The private key", path.string()));
  }
  if (!pem) return fail(pem.error());
  auto key = pki::PrivateKey::from_pem(pem->text);
  if (!key) return fail(Error::corrupt(path.string() + " does not hold a private key in PEM form."));
  return std::make_unique<FileStore>(std::move(*key), path);
}

Result<std::unique_ptr<KeyStore>> create(const fs::path& identity, const KeyUri& wanted, const std::string&) {
  XL_CHECK(wanted.allow_only({}));
  const fs::path path = identity / kFileName;
  pki::PrivateKey key = pki::PrivateKey::generate_p256();
  const SecretText pem(key.to_pem());
  XL_CHECK(write_new_private_file(path, pem.text));
  return std::make_unique<FileStore>(std::move(key), path);
}

}  // namespace xl::keystore::file
