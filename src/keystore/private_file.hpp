// SPDX-License-Identifier: Apache-2.0
// Files that only their owner may read: keys and PINs.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace xl::keystore {

/// Text that is overwritten before its memory goes back.
struct SecretText {
  std::string text;
  SecretText() = default;
  explicit SecretText(std::string secret) : text(std::move(secret)) {}
  SecretText(SecretText&& other) noexcept : text(other.text) {}  // a moved short string would leave its copy behind
  SecretText& operator=(SecretText&& other) noexcept {
    text.swap(other.text);
    return *this;
  }
  ~SecretText();
};

/// errors: not_found, forbidden (readable by group or others), invalid_argument (not a regular file), corrupt (over
/// 64 KiB), io
Result<SecretText> read_private_file(const std::filesystem::path& path);
/// Mode 0600 whatever the umask, on disk when this returns. errors: already_exists, io
Status write_new_private_file(const std::filesystem::path& path, std::string_view text);

}  // namespace xl::keystore
