// SPDX-License-Identifier: Apache-2.0
// A cloud's data directory: what it needs before it can serve, made on first use and kept.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"
#include "crypto/aead.hpp"
#include "pki/authority.hpp"

namespace xl::installation {

inline constexpr std::string_view kRegion = "us-east-1";

/// A lock on DIR; held until destroyed.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};
/// One server on DIR. errors: unavailable (another runs), io
Result<std::unique_ptr<FolderLock>> lock_for_serving(const std::filesystem::path& folder);
/// Shared by all who have DIR's registry open; keeps a restore away. Completes a restore that was cut off.
/// errors: unavailable (a restore runs), io
Result<std::unique_ptr<FolderLock>> lock_for_use(const std::filesystem::path& folder);
/// Nobody has DIR's registry open. errors: unavailable, io
Result<std::unique_ptr<FolderLock>> lock_for_restore(const std::filesystem::path& folder);

inline std::filesystem::path registry_of(const std::filesystem::path& folder) { return folder / "registry.sqlite"; }
inline std::filesystem::path backups_of(const std::filesystem::path& folder) { return folder / "backups"; }

/// DIR/root-ca.pem, DIR/server.pem, DIR/server.key, DIR/device-ca.pem, DIR/device-ca.key, DIR/master.key,
/// DIR/credentials, DIR/registry.sqlite.
struct Installation {
  std::filesystem::path folder;
  std::string domain;
  std::string root_ca_pem;                  ///< what clients trust
  std::string server_chain_pem;             ///< wildcard for *.domain, localhost and the loopback addresses
  std::string server_key_pem;               ///< a secret
  std::optional<pki::Authority> device_ca;  ///< signs what CreateKeysAndCertificate makes; no client trusts it
  crypto::AeadKey master_key{};             ///< a secret; not in backups
  std::unique_ptr<FolderLock> in_use;
  std::unique_ptr<cloud::RegistryStore> registry;  // closed before the lock is given back
};

/// Opens DIR, making what is missing in a new one. A server certificate that ends within 30 days or is for another
/// domain is renewed. errors: io, corrupt (a damaged or lost file is named, never replaced), unavailable
Result<Installation> open_installation(const std::filesystem::path& folder, std::string_view domain);

/// errors: not_found, corrupt, io
Result<crypto::AeadKey> read_master_key(const std::filesystem::path& folder);

}  // namespace xl::installation
