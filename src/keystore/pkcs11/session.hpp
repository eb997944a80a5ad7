// SPDX-License-Identifier: Apache-2.0
// A conversation with one token. Only under the library's lock.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "keystore/key_uri.hpp"
#include "keystore/pkcs11/library.hpp"
#include "keystore/private_file.hpp"
#include "pki/signer_key.hpp"

namespace xl::keystore::pkcs11 {

/// What tells a key from the others of its token; empty parts match anything.
struct KeyName {
  std::string id;      ///< CKA_ID, any octets
  std::string object;  ///< CKA_LABEL
};

class Session {
 public:
  /// The token of the URI's attributes token, serial, manufacturer and model; logged in with `pin` unless it is null.
  /// errors: unavailable (no such token), forbidden (PIN refused or locked), conflict (several tokens fit)
  static Result<std::unique_ptr<Session>> open(std::shared_ptr<Library> library, const KeyUri& uri,
                                               const SecretText* pin);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// False once the library was restarted.
  bool is_current() const { return generation_ == library_->generation(); }
  /// errors: not_found, conflict (several), as of the token
  Result<pki::P256Point> public_key(const KeyName& name);
  Result<pki::P256Signature> sign(const KeyName& name, const pki::P256Number& digest);
  /// errors: already_exists (a key of that label)
  Status create(const KeyName& name);
  Status keep_certificate(const KeyName& name, ByteView der, ByteView subject);
  /// Everything of that id. errors: not_found
  Status remove(const std::string& id);

 private:
  Session(std::shared_ptr<Library> library, CK_SESSION_HANDLE handle)
      : library_(std::move(library)), generation_(library_->generation()), handle_(handle) {}
  CK_FUNCTION_LIST& call() { return library_->functions(); }
  Status login(const std::string& pin);
  Result<CK_OBJECT_HANDLE> find_one(CK_OBJECT_CLASS kind, const KeyName& name);
  Result<std::vector<CK_OBJECT_HANDLE>> find(std::optional<CK_OBJECT_CLASS> kind, const KeyName& name);
  Result<std::string> bytes_of(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE attribute);

  std::shared_ptr<Library> library_;
  std::uint64_t generation_;
  CK_SESSION_HANDLE handle_;
};

}  // namespace xl::keystore::pkcs11
