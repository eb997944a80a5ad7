// SPDX-License-Identifier: Apache-2.0
// The module's flash as a folder: one file per key.
//
// Format of `<key>.value`: "XLV1", the value's size and a CRC-32 of key and value (both 4 bytes, big endian), the
// value. A file that breaks any of this counts as never written.
#pragma once
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "module/ports/storage.hpp"
#include "platform/linux/descriptor.hpp"

namespace xl::platform {

class FileStorage final : public module::ports::Storage {
 public:
  /// Creates `directory` (0700) when it is missing and locks it for as long as this object lives.
  /// errors: conflict (another process uses the directory), io
  static Result<FileStorage> open(const std::filesystem::path& directory);

  std::optional<std::size_t> read(std::string_view key, ByteSpan out) override;
  [[nodiscard]] bool write(std::string_view key, ByteView value) override;
  [[nodiscard]] bool erase(std::string_view key) override;

 private:
  explicit FileStorage(Descriptor directory) : directory_(std::move(directory)) {}
  bool replace(std::string_view key, std::string_view content);
  bool make_durable(std::string_view key, const Descriptor& old);

  Descriptor directory_;  ///< holds the lock
};

}  // namespace xl::platform
