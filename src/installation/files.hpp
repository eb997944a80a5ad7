// SPDX-License-Identifier: Apache-2.0
// Small files that must be whole or absent, whatever kills the program when.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::installation {

enum class Access { owner_only, everybody };  ///< modes 0600 and 0644

/// errors: not_found, io
Result<std::string> read_file(const std::filesystem::path& file);
/// Temporary file, fsync, rename, fsync of the folder. errors: io (names the file and the system's reason)
Status write_file(const std::filesystem::path& file, std::string_view content, Access access);
/// Creates a folder of mode 0700 with its parents; an existing one is left alone. errors: io
Status make_private_folder(const std::filesystem::path& folder);

}  // namespace xl::installation
