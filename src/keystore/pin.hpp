// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "keystore/key_uri.hpp"
#include "keystore/private_file.hpp"

namespace xl::keystore {

/// The PIN that the URI names by pin-source (a path or file: URI; relative to `identity`) or pin-value. One line end
/// after the PIN is not part of it. Read anew for each use, so that a file that is mended helps at once.
/// nullopt: the URI names none. errors: not_found, forbidden (file readable by others), invalid_argument, io
/// source: RFC 7512 2.4
Result<std::optional<SecretText>> read_pin(const KeyUri& uri, const std::filesystem::path& identity);

/// A PIN in the URI itself is as readable as the file that holds it: says so once in the log.
void warn_of_open_pin(const KeyUri& uri, const std::filesystem::path& identity);

}  // namespace xl::keystore
