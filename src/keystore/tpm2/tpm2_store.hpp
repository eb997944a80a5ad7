// SPDX-License-Identifier: Apache-2.0
// A P-256 key that a TPM 2.0 has made and never gives away.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "keystore/key_store.hpp"
#include "keystore/key_uri.hpp"

namespace xl::keystore::tpm2 {

/// `tpm2:handle=0x81000100;tcti=device:/dev/tpmrm0;name=000b…?pin-source=FILE`. Without tcti: /dev/tpmrm0; without name
/// whatever key is at the handle. errors: invalid_argument
Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& identity, const KeyUri& uri);
/// Without a handle the first free one from 0x81000100. The TPM's owner hierarchy must have no password.
/// errors: already_exists (handle taken), io (no room), forbidden, unavailable
Result<std::unique_ptr<KeyStore>> create(const std::filesystem::path& identity, const KeyUri& wanted,
                                         const std::string& label);
/// Only the key of the URI's name is removed. errors: not_found, invalid_argument (no name), unavailable
Status discard(const std::filesystem::path& identity, const KeyUri& uri);

}  // namespace xl::keystore::tpm2
