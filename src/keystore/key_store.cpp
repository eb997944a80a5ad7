// SPDX-License-Identifier: Apache-2.0
#include "keystore/key_store.hpp"

#include <array>
#include <fstream>
#include <system_error>

#include "keystore/file/file_store.hpp"

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUriFileName = "key.uri";
constexpr std::size_t kUriBytesMax = 4096;

/// The stores that create_key_store() knows by name.
struct Kind {
  std::string_view name;
  Result<std::unique_ptr<KeyStore>> (*create)(const fs::path& identity);
};
constexpr std::array kKinds{Kind{"file", &file::create}};
/// Named in the file formats, refused until they exist.
constexpr std::array<std::string_view, 2> kUnbuiltKinds{"tpm2", "pkcs11"};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

Error not_built_yet(std::string_view kind) {
  return Error::invalid("The key store \"" + std::string(kind) +
                        "\" is not built yet. Issue the identity with --keystore file.");
}

bool is_unbuilt(std::string_view kind) {
  for (const std::string_view unbuilt : kUnbuiltKinds) {
    if (kind == unbuilt) return true;
  }
  return false;
}

/// A URI may hold a PIN: the error shows its scheme only.
Error refuse_uri(const fs::path& path) {
  std::string uri(kUriBytesMax, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(uri.data(), static_cast<std::streamsize>(uri.size()));
  uri.resize(static_cast<std::size_t>(in.gcount()));
  const std::string scheme = uri.substr(0, uri.find(':'));
  if (is_unbuilt(scheme)) return not_built_yet(scheme);
  return Error::invalid(path.string() + " does not begin with the scheme of a known key store.");
}

}  // namespace

Result<std::unique_ptr<KeyStore>> open_key_store(const fs::path& identity) {
  if (!is_there(identity / kUriFileName)) return file::open(identity);
  if (is_there(identity / file::kFileName)) {
    return fail(
        Error::invalid(identity.string() + " holds both key.pem and key.uri; a module has one key. Remove one."));
  }
  return fail(refuse_uri(identity / kUriFileName));
}

Result<std::unique_ptr<KeyStore>> create_key_store(const fs::path& identity, std::string_view kind) {
  if (is_unbuilt(kind)) return fail(not_built_yet(kind));
  for (const Kind& known : kKinds) {
    if (kind != known.name) continue;
    if (is_there(identity / kUriFileName)) {
      return fail(Error::already_exists("The key", (identity / kUriFileName).string()));
    }
    return known.create(identity);
  }
  return fail(Error::invalid("There is no key store \"" + std::string(kind) + "\". Known: file."));
}

}  // namespace xl::keystore
