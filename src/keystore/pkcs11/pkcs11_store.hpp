// SPDX-License-Identifier: Apache-2.0
// A P-256 key in a PKCS#11 token: smart card, USB token, HSM, secure element with such a driver.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "keystore/key_store.hpp"
#include "keystore/key_uri.hpp"

namespace xl::keystore::pkcs11 {

/// `pkcs11:token=line;object=NAME;id=…?module-path=/usr/lib/….so&pin-source=FILE`. source: RFC 7512
/// errors: invalid_argument
Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& identity, const KeyUri& uri);
/// The key gets the label `object`, or `label` where the URI has none, and a random id.
/// errors: already_exists (a key of that label), forbidden (PIN), unavailable
Result<std::unique_ptr<KeyStore>> create(const std::filesystem::path& identity, const KeyUri& wanted,
                                         const std::string& label);
/// Both halves of the key and the certificate, by their id. errors: not_found, invalid_argument (no id), as open()
Status discard(const std::filesystem::path& identity, const KeyUri& uri);

}  // namespace xl::keystore::pkcs11
