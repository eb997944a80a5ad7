// SPDX-License-Identifier: Apache-2.0
#include "keystore/pin.hpp"

#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace xl::keystore {
namespace {

constexpr std::string_view kFileScheme = "file:";
constexpr std::size_t kPinBytesMax = 256;

Result<std::filesystem::path> path_of(std::string_view source, const std::filesystem::path& identity) {
  if (source.starts_with(kFileScheme)) source.remove_prefix(kFileScheme.size());
  if (source.starts_with("//")) source.remove_prefix(2);  // file:///path has an empty host
  if (source.starts_with('|')) return fail(Error::invalid("pin-source names a file; a command is not run."));
  if (source.empty()) return fail(Error::invalid("pin-source is empty; it names the file that holds the PIN."));
  return identity / source;  // an absolute path stays what it is
}

}  // namespace

Result<std::optional<SecretText>> read_pin(const KeyUri& uri, const std::filesystem::path& identity) {
  if (uri.has("pin-value")) return std::optional<SecretText>(SecretText(uri.value("pin-value")));
  if (!uri.has("pin-source")) return std::optional<SecretText>();
  XL_TRY(const std::filesystem::path path, path_of(uri.value("pin-source"), identity));
  XL_TRY(SecretText pin, read_private_file(path));
  if (pin.text.ends_with('\n')) pin.text.pop_back();
  if (pin.text.ends_with('\r')) pin.text.pop_back();
  if (pin.text.empty() || pin.text.size() > kPinBytesMax)
    return fail(Error::invalid(path.string() + " must hold a PIN of 1 to 256 characters in one line."));
  return std::optional<SecretText>(std::move(pin));
}

void warn_of_open_pin(const KeyUri& uri, const std::filesystem::path& identity) {
  if (!uri.has("pin-value")) return;
  log::warn("keystore", "the PIN is in key.uri itself; keep it in a file of its own and name that by pin-source",
            {{"identity", identity.string()}});
}

}  // namespace xl::keystore
