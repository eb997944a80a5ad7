// SPDX-License-Identifier: Apache-2.0
// A cloud's data directory: what it needs before it can serve, made on first use and kept.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "cloud/ports/registry.hpp"
#include "crypto/aead.hpp"

namespace xl::installation {

inline constexpr std::string_view kRegion = "us-east-1";

/// DIR/root-ca.pem, DIR/server.pem, DIR/server.key, DIR/master.key, DIR/credentials, DIR/registry.sqlite.
struct Installation {
  std::filesystem::path folder;
  std::string domain;
  std::string root_ca_pem;       ///< what clients trust
  std::string server_chain_pem;  ///< wildcard for *.domain, localhost and the loopback addresses
  std::string server_key_pem;    ///< a secret
  crypto::AeadKey master_key{};  ///< a secret; not in backups
  std::unique_ptr<cloud::RegistryStore> registry;
};

/// Opens DIR, making what is missing. A server certificate that ends within 30 days or is for another domain is
/// renewed. errors: io, corrupt (a damaged file is named, never replaced), unavailable
Result<Installation> open_installation(const std::filesystem::path& folder, std::string_view domain);

/// An exclusive lock on DIR for a running server; held until destroyed.
class ServerLock {
 public:
  virtual ~ServerLock() = default;
};
/// errors: unavailable (another server runs on DIR)
Result<std::unique_ptr<ServerLock>> lock_for_serving(const std::filesystem::path& folder);

}  // namespace xl::installation
