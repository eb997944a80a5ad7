// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cloud/ports/buckets.hpp"

namespace xl::api::bulk {

/// source: AWS IoT Developer Guide, "Bulk registration"
inline constexpr std::size_t kLineBytesMax = 256 << 10;

struct Line {
  std::int64_t number = 0;  ///< from 1
  std::int64_t offset = 0;  ///< of its first byte
  std::string text;         ///< without the newline; only its beginning when it is too long
  bool is_too_long = false;
};

/// The lines of a file, one after the other; holds one at a time, whatever the file's size.
class LineReader {
 public:
  /// Goes on behind `lines` lines, at `position`.
  LineReader(std::unique_ptr<cloud::InputFile> file, std::int64_t lines, std::int64_t position)
      : file_(std::move(file)), lines_(lines), position_(position) {}

  /// nullopt at the end. errors: io
  Result<std::optional<Line>> next();
  /// Behind the last line that was given out.
  std::int64_t lines() const { return lines_; }
  std::int64_t position() const { return position_; }

 private:
  Result<std::string_view> buffered();

  std::unique_ptr<cloud::InputFile> file_;
  std::int64_t lines_;
  std::int64_t position_;
  std::vector<Byte> buffer_ = std::vector<Byte>(64 << 10);
  std::string_view unread_;  ///< of the buffer
};

}  // namespace xl::api::bulk
