// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace xl::factory {

/// errors: not_found, io, invalid_argument (over 1 MiB)
Result<std::string> read_file(const std::filesystem::path& file);
/// Whole or absent: temporary file, fsync, rename. `secret`: mode 0600, else 0644.
Status write_file(const std::filesystem::path& file, std::string_view content, bool secret = false);
/// A new file, mode 0644, on disk after sync_filesystem_of(). errors: io
Status write_unsynced(const std::filesystem::path& file, std::string_view content);
/// Everything written to the file system of `folder` is on disk when this returns. errors: io
Status sync_filesystem_of(const std::filesystem::path& folder);
/// Names made or renamed in `folder` are on disk when this returns. errors: io
Status sync_folder(const std::filesystem::path& folder);
/// Appends a line and waits until it is on disk.
Status append_line(const std::filesystem::path& file, std::string_view line);

}  // namespace xl::factory
