// SPDX-License-Identifier: Apache-2.0
// What the factory wrote for one module: certificate.pem, chain.pem, key.pem or key.uri, thing-name, endpoint,
// root-ca.pem, model ("vendor=…" and "model=…", a line each), and if the vendor signs firmware ota-certificate.pem.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "keystore/key_store.hpp"
#include "platform/linux/tls_client.hpp"

namespace xl::platform {

struct IdentityFolder {
  std::filesystem::path path;
  std::string thing_name;
  std::string vendor;
  std::string model;
  std::string certificate_pem;
  std::string chain_pem;  ///< may be empty
  std::string endpoint;
  std::string root_ca_pem;
  std::string ota_certificate_pem;  ///< may be empty
  std::unique_ptr<keystore::KeyStore> keys;

  TlsIdentity tls() const { return {certificate_pem, chain_pem, keys.get()}; }
};

/// Reads the folder and checks that thing name, certificate and key belong together. `folder` may also be the parent of
/// exactly one identity. errors: not_found, forbidden, invalid_argument (what does not fit), corrupt
Result<IdentityFolder> load_identity(const std::filesystem::path& folder);

/// The whole of a small text file. errors: not_found, io, invalid_argument (over 1 MiB)
Result<std::string> read_text_file(const std::filesystem::path& path);

}  // namespace xl::platform
