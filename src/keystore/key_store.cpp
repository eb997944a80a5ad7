// SPDX-License-Identifier: Apache-2.0
#include "keystore/key_store.hpp"

#include <array>
#include <fstream>
#include <system_error>

#include "base/text.hpp"
#include "keystore/file/file_store.hpp"
#include "keystore/key_uri.hpp"
#include "keystore/pkcs11/pkcs11_store.hpp"
#include "keystore/private_file.hpp"
#include "keystore/tpm2/tpm2_store.hpp"

namespace xl::keystore {
namespace {

namespace fs = std::filesystem;
using StorePtr = std::unique_ptr<KeyStore>;

/// A key store; a new one is a folder and a line of kSchemes.
struct Scheme {
  std::string_view name;
  Result<StorePtr> (*create)(const fs::path& identity, const KeyUri& wanted, const std::string& label);
  Result<StorePtr> (*open)(const fs::path& identity, const KeyUri& uri);  ///< null: not named by a URI
  Status (*discard)(const fs::path& identity, const KeyUri& uri);
};
constexpr std::array kSchemes{
    Scheme{"file", &file::create, nullptr, nullptr},
    Scheme{"pkcs11", &pkcs11::create, &pkcs11::open, &pkcs11::discard},
    Scheme{"tpm2", &tpm2::create, &tpm2::open, &tpm2::discard},
};

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string known_schemes() {
  std::string names;
  for (const Scheme& scheme : kSchemes) names += (names.empty() ? "" : ", ") + std::string(scheme.name);
  return names;
}

Result<const Scheme*> scheme_of(std::string_view name) {
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == name) return &scheme;
  }
  return fail(Error::invalid("There is no key store \"" + std::string(name) + "\". Known: " + known_schemes() + "."));
}

struct NamedKey {
  const Scheme* scheme;
  KeyUri uri;
};

Result<NamedKey> read_uri(const fs::path& path) {
  XL_TRY(const SecretText text, read_private_file(path));
  const auto in_file = [&path](const Error& error) { return Error{error.code, path.string() + ": " + error.detail}; };
  auto uri = KeyUri::parse(trim(text.text));
  if (!uri) return fail(in_file(uri.error()));
  auto scheme = scheme_of(uri->scheme);
  if (!scheme) return fail(in_file(scheme.error()));
  if ((*scheme)->open == nullptr)
    return fail(in_file(Error::invalid("a key in a file is named by key.pem, not by a URI.")));
  return NamedKey{*scheme, *std::move(uri)};
}

}  // namespace

Result<StorePtr> open_key_store(const fs::path& identity) {
  if (!is_there(identity / kUriFileName)) return file::open(identity);
  if (is_there(identity / file::kFileName)) {
    return fail(
        Error::invalid(identity.string() + " holds both key.pem and key.uri; a module has one key. Remove one."));
  }
  XL_TRY(const NamedKey key, read_uri(identity / kUriFileName));
  return key.scheme->open(identity, key.uri);
}

Result<StorePtr> create_key_store(const fs::path& identity, std::string_view where, const std::string& label) {
  const bool has_place = where.find(':') != std::string_view::npos;
  XL_TRY(const KeyUri wanted, KeyUri::parse(has_place ? std::string(where) : std::string(where) + ":"));
  XL_TRY(const Scheme* scheme, scheme_of(wanted.scheme));
  if (is_there(identity / kUriFileName)) {
    return fail(Error::already_exists("The key", (identity / kUriFileName).string()));
  }
  return scheme->create(identity, wanted, label);
}

Status discard_key(const fs::path& identity) {
  if (!is_there(identity / kUriFileName)) return {};
  XL_TRY(const SecretText text, read_private_file(identity / kUriFileName));
  if (!text.text.ends_with('\n')) return {};  // not written to its end: its key was to be made after that
  XL_TRY(const NamedKey key, read_uri(identity / kUriFileName));
  const Status discarded = key.scheme->discard(identity, key.uri);
  if (!discarded && discarded.error().code == Errc::not_found) return {};
  return discarded;
}

}  // namespace xl::keystore
