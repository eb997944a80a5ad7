// SPDX-License-Identifier: Apache-2.0
// What stands in for S3: files that an operator puts where one account finds them. installation/ implements it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace xl::cloud {

/// An open file. Used by one thread.
class InputFile {
 public:
  virtual ~InputFile() = default;
  virtual std::int64_t size() const = 0;  ///< bytes, when it was opened
  /// Differs once the file has been written to or replaced.
  virtual const std::string& version() const = 0;
  /// The number of bytes read, 0 at the end. errors: io
  virtual Result<std::size_t> read(std::int64_t position, ByteSpan into) const = 0;
};

class Buckets {
 public:
  virtual ~Buckets() = default;
  /// Thread-safe. errors: not_found (why it cannot be opened and where it was expected), invalid_argument (the key
  /// leads out of the bucket, or to something that is not a file)
  virtual Result<std::unique_ptr<InputFile>> open(std::string_view account_id, std::string_view bucket,
                                                  std::string_view key) const = 0;
};

}  // namespace xl::cloud
