// SPDX-License-Identifier: Apache-2.0
#include "unit/platform/support.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "pki/birth_certificate.hpp"

namespace xl::platform::testing {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "xl-platform-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void write_file(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

std::string read_file(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

bool turn_until(EventLoop& loop, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    loop.turn(std::chrono::milliseconds(20));
  }
  return true;
}

Credentials Credentials::create() {
  const UnixMillis now = wall_now();
  pki::Authority root = pki::create_root_ca("Server Root", "Tests", 10, now).value();
  const pki::Authority vendor_root = pki::create_root_ca("Vendor Root", "Tests", 10, now).value();
  pki::Authority issuing_ca = pki::create_issuing_ca(vendor_root, "Issuing", "Tests", "Model", 10, now).value();
  const pki::PrivateKey server_key = pki::PrivateKey::generate_p256();
  const pki::PrivateKey module_key = pki::PrivateKey::generate_p256();
  const pki::Uid uid = pki::random_uid();
  const std::string server =
      pki::issue_server_certificate(root, server_key, {"endpoint.localhost", "127.0.0.1"}, 30, now).value().facts().pem;
  const std::string birth =
      pki::issue_birth_certificate(issuing_ca, module_key.pkey(), uid, "Tests", "Model", now).value().facts().pem;
  return {root, vendor_root, issuing_ca, server_key, server, pki::thing_name_of(uid), birth, module_key};
}

void write_identity(const fs::path& folder, const Credentials& credentials) {
  write_file(folder / "thing-name", credentials.thing_name + "\n");
  write_file(folder / "endpoint", "endpoint.localhost\n");
  write_file(folder / "model", "vendor=Tests\nmodel=Model\n");
  write_file(folder / "certificate.pem", credentials.module_certificate_pem);
  write_file(folder / "chain.pem", credentials.issuing_ca.certificate.facts().pem);
  write_file(folder / "root-ca.pem", credentials.root.certificate.facts().pem);
  write_file(folder / "key.pem", credentials.module_key.to_pem());
  fs::permissions(folder / "key.pem", fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace xl::platform::testing
