// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/bytes.hpp"

namespace xl::platform {

/// The bytes of an open file, to be read once; empty when they cannot be.
class MappedFile {
 public:
  explicit MappedFile(int file) {
    struct stat status{};
    if (::fstat(file, &status) != 0 || status.st_size <= 0) return;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory != MAP_FAILED) bytes_ = {static_cast<const Byte*>(memory), size};
  }
  ~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<Byte*>(bytes_.data()), bytes_.size());
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ByteView bytes() const { return bytes_; }

 private:
  ByteView bytes_;
};

}  // namespace xl::platform
