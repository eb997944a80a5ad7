// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/identity_folder.hpp"

#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"
#include "platform/linux/pem.hpp"

namespace xl::platform {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTextBytesMax = 1 << 20;
constexpr const char* kThingNameFile = "thing-name";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<fs::path> identities_below(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (is_there(entry.path() / kThingNameFile)) found.push_back(entry.path());
  }
  return found;
}

Result<fs::path> find_identity(const fs::path& folder) {
  if (!is_there(folder)) return fail(Error::not_found("The identity folder", folder.string()));
  if (is_there(folder / kThingNameFile)) return folder;
  const std::vector<fs::path> below = identities_below(folder);
  if (below.size() == 1) return below.front();
  if (below.empty()) {
    return fail(Error::not_found("An identity (a folder with the file thing-name, as expresslink-factory issues it) in",
                                 folder.string()));
  }
  return fail(Error::invalid(folder.string() + " holds " + std::to_string(below.size()) +
                             " identities. Choose one, for example: --identity " +
                             std::ranges::min_element(below)->string()));
}

Result<std::string> read_word(const fs::path& path) {
  XL_TRY(const std::string text, read_text_file(path));
  const std::string word(trim(text));
  if (word.empty()) return fail(Error::invalid(path.string() + " is empty."));
  return word;
}

Status read_model(const fs::path& path, IdentityFolder& identity) {
  XL_TRY(const std::string text, read_text_file(path));
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim(line.substr(0, equals));
    if (name == "vendor") identity.vendor = trim(line.substr(equals + 1));
    if (name == "model") identity.model = trim(line.substr(equals + 1));
  }
  if (identity.vendor.empty() || identity.model.empty()) {
    return fail(Error::invalid(path.string() + " must hold two lines: vendor=NAME and model=NAME."));
  }
  return {};
}

Result<std::vector<pki::Certificate>> check_pem(const fs::path& folder, const char* file, const std::string& pem) {
  auto certificates = certificates_of(pem);
  if (certificates) return certificates;
  return fail(Error::invalid((folder / file).string() + ": " + certificates.error().detail));
}

Status check_fits(const IdentityFolder& identity) {
  XL_TRY(const auto certificates, check_pem(identity.path, "certificate.pem", identity.certificate_pem));
  const pki::Certificate& certificate = certificates.front();
  const auto common_name = certificate.facts().subject_attribute("CN");
  if (common_name != identity.thing_name) {
    return fail(Error::invalid("In " + identity.path.string() + " thing-name says " + identity.thing_name +
                               " but certificate.pem is for " + common_name.value_or("nobody") +
                               ". The files are from different modules: use the folder as the factory issued it."));
  }
  const auto key = identity.keys->key();
  if (!key && key.error().code == Errc::unavailable) {
    // It may come back, and each connection attempt compares key and certificate anyway.
    log::warn("identity", "the secure element is away; connecting fails until it is back",
              {{"key", identity.keys->description()}, {"reason", key.error().detail}});
    return {};
  }
  if (!key) return fail(key.error());
  if (X509_check_private_key(certificate.x509(), key->get()) != 1) {
    return fail(Error::invalid("In " + identity.path.string() +
                               " the private key does not belong to certificate.pem. The files are from different "
                               "modules: use the folder as the factory issued it."));
  }
  return {};
}

}  // namespace

Result<std::string> read_text_file(const fs::path& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in && errno == ENOENT) return fail(Error::not_found("The file", path.string()));
  std::string text(kTextBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() && !in) return fail(Error::io("Cannot read " + path.string() + ": " + std::strerror(errno) + "."));
  if (in) return fail(Error::invalid(path.string() + " is longer than 1 MiB."));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<IdentityFolder> load_identity(const fs::path& folder) {
  IdentityFolder identity;
  XL_TRY(identity.path, find_identity(folder));
  XL_TRY(identity.thing_name, read_word(identity.path / kThingNameFile));
  XL_TRY(identity.endpoint, read_word(identity.path / "endpoint"));
  XL_CHECK(read_model(identity.path / "model", identity));
  XL_TRY(identity.certificate_pem, read_text_file(identity.path / "certificate.pem"));
  XL_TRY(identity.root_ca_pem, read_text_file(identity.path / "root-ca.pem"));
  XL_CHECK(check_pem(identity.path, "root-ca.pem", identity.root_ca_pem));
  if (is_there(identity.path / "chain.pem")) {
    XL_TRY(identity.chain_pem, read_text_file(identity.path / "chain.pem"));
    XL_CHECK(check_pem(identity.path, "chain.pem", identity.chain_pem));
  }
  if (is_there(identity.path / "ota-certificate.pem")) {
    XL_TRY(identity.ota_certificate_pem, read_text_file(identity.path / "ota-certificate.pem"));
    XL_CHECK(check_pem(identity.path, "ota-certificate.pem", identity.ota_certificate_pem));
  }
  XL_TRY(identity.keys, keystore::open_key_store(identity.path));
  XL_CHECK(check_fits(identity));
  return identity;
}

}  // namespace xl::platform
