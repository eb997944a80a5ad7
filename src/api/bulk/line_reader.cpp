// SPDX-License-Identifier: Apache-2.0
#include "api/bulk/line_reader.hpp"

#include <algorithm>

namespace xl::api::bulk {

/// Empty at the end, which is where it was when the file was opened: a file that grows would never end.
Result<std::string_view> LineReader::buffered() {
  if (!unread_.empty()) return unread_;
  const auto left = static_cast<std::size_t>(std::max<std::int64_t>(file_->size() - position_, 0));
  XL_TRY(const std::size_t count, file_->read(position_, ByteSpan(buffer_).first(std::min(buffer_.size(), left))));
  unread_ = as_text(ByteView(buffer_).first(count));
  return unread_;
}

Result<std::optional<Line>> LineReader::next() {
  Line line{.number = lines_ + 1, .offset = position_, .text = {}};
  for (bool has_ended = false; !has_ended;) {
    XL_TRY(const std::string_view bytes, buffered());
    if (bytes.empty()) break;
    const std::size_t end = bytes.find('\n');
    has_ended = end != std::string_view::npos;
    const std::string_view part = bytes.substr(0, end);
    line.is_too_long = line.is_too_long || line.text.size() + part.size() > kLineBytesMax;
    if (!line.is_too_long) line.text += part;
    const std::size_t taken = part.size() + (has_ended ? 1 : 0);
    unread_.remove_prefix(taken);
    position_ += static_cast<std::int64_t>(taken);
  }
  if (position_ == line.offset) return std::optional<Line>();
  lines_ = line.number;
  return std::optional<Line>(std::move(line));
}

}  // namespace xl::api::bulk
