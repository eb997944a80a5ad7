// SPDX-License-Identifier: Apache-2.0
// Private to store/: files that must be whole or absent, whatever ends the program when.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace xl::store {

/// An empty file of mode 0600. errors: io (it exists already, too)
Status create_private(const std::filesystem::path& file);
/// A copy of mode 0600 that is on the disk when this returns. errors: io
Status copy_private(const std::filesystem::path& from, const std::filesystem::path& to);
Status sync_file(const std::filesystem::path& file);
Status sync_folder(const std::filesystem::path& folder);

enum class Existing { keep, replace };
/// Renames within a folder and syncs the folder. errors: already_exists (with keep), io
Status move_file(const std::filesystem::path& from, const std::filesystem::path& to, Existing existing);

/// Removes the file at the end of the scope, unless it was moved away.
class Temporary {
 public:
  explicit Temporary(std::filesystem::path file) : file_(std::move(file)) {}
  ~Temporary() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const std::filesystem::path& path() const { return file_; }

 private:
  std::filesystem::path file_;
};

}  // namespace xl::store
