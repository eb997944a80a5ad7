// SPDX-License-Identifier: Apache-2.0
// A private key as a PEM file: for development, and for gateways whose disk is all they have.
#pragma once
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "keystore/key_store.hpp"
#include "keystore/key_uri.hpp"

namespace xl::keystore::file {

inline constexpr const char* kFileName = "key.pem";

/// errors: not_found, forbidden (readable by group or others), corrupt (not a private key), io
Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& identity);
/// A new P-256 key, mode 0600, on disk when this returns. errors: already_exists, io
Result<std::unique_ptr<KeyStore>> create(const std::filesystem::path& identity, const KeyUri& wanted,
                                         const std::string& label);

}  // namespace xl::keystore::file
