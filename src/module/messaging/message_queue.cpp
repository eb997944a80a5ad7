// SPDX-License-Identifier: Apache-2.0
#include "module/messaging/message_queue.hpp"

#include <algorithm>

namespace xl::module::messaging {

bool MessageQueue::push(const Message& message) {
  const std::size_t bytes = message.topic.size() + message.payload.size();
  if (count_ == entries_.size() || bytes > arena_.size()) return false;
  if (arena_.size() - used_bytes_ < bytes) compact();
  if (arena_.size() - used_bytes_ < bytes) return false;
  Byte* const place = arena_.data() + used_bytes_;
  std::ranges::copy(as_bytes(message.topic), place);
  std::ranges::copy(message.payload, place + message.topic.size());
  entries_[count_++] = {static_cast<std::uint32_t>(used_bytes_), static_cast<std::uint16_t>(message.topic.size()),
                        static_cast<std::uint16_t>(message.payload.size()), message.for_catch_all};
  used_bytes_ += bytes;
  return true;
}

void MessageQueue::clear() {
  count_ = 0;
  used_bytes_ = 0;
}

Message MessageQueue::view(const Entry& entry) const {
  const ByteView bytes = ByteView(arena_).subspan(entry.offset, std::size_t{entry.topic_bytes} + entry.payload_bytes);
  return {as_text(bytes.first(entry.topic_bytes)), bytes.subspan(entry.topic_bytes), entry.for_catch_all};
}

void MessageQueue::remove(std::size_t position) {
  std::copy(entries_.begin() + static_cast<std::ptrdiff_t>(position) + 1,
            entries_.begin() + static_cast<std::ptrdiff_t>(count_),
            entries_.begin() + static_cast<std::ptrdiff_t>(position));
  --count_;
}

void MessageQueue::compact() {
  std::size_t end = 0;
  for (Entry& entry : std::span(entries_).first(count_)) {
    const std::size_t bytes = std::size_t{entry.topic_bytes} + entry.payload_bytes;
    std::copy_n(arena_.begin() + entry.offset, bytes, arena_.begin() + static_cast<std::ptrdiff_t>(end));
    entry.offset = static_cast<std::uint32_t>(end);
    end += bytes;
  }
  used_bytes_ = end;
}

}  // namespace xl::module::messaging
