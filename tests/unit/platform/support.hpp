// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "pki/authority.hpp"
#include "platform/linux/event_loop.hpp"

namespace xl::platform::testing {

/// A folder of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, std::string_view text);
std::string read_file(const std::filesystem::path& path);

/// Turns the loop until `condition` holds; false when it does not within ten seconds.
bool turn_until(EventLoop& loop, const std::function<bool()>& condition);

/// Everything a module and its server need to know each other.
struct Credentials {
  pki::Authority root;  ///< of the servers
  pki::Authority vendor_root;
  pki::Authority issuing_ca;  ///< of the modules, signed by vendor_root
  pki::PrivateKey server_key;
  std::string server_certificate_pem;  ///< for endpoint.localhost and 127.0.0.1
  std::string thing_name;
  std::string module_certificate_pem;
  pki::PrivateKey module_key;

  static Credentials create();
};

/// The folder that a factory would issue.
void write_identity(const std::filesystem::path& folder, const Credentials& credentials);

}  // namespace xl::platform::testing
