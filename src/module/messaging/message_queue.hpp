// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "module/limits.hpp"

namespace xl::module::messaging {

struct Message {
  std::string_view topic;
  ByteView payload;
  bool for_catch_all = false;  ///< GET0's whatever the topic list says: the endpoint update (guide 11.3.2.2)
};

/// Messages waiting for GET, in arrival order, in a fixed arena. A message taken stays readable until the next push().
class MessageQueue {
 public:
  /// Copies the message; false when it does not fit: it is lost, those queued stay (guide 5.1.6.6).
  [[nodiscard]] bool push(const Message& message);
  /// Takes out the first message that `wanted` accepts.
  template <class Predicate>
  std::optional<Message> take_first(Predicate wanted) {
    for (std::size_t i = 0; i < count_; ++i) {
      const Message message = view(entries_[i]);
      if (!wanted(message)) continue;
      remove(i);
      return message;
    }
    return std::nullopt;
  }
  void clear();
  std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint32_t offset = 0;
    std::uint16_t topic_bytes = 0;
    std::uint16_t payload_bytes = 0;
    bool for_catch_all = false;
  };

  Message view(const Entry& entry) const;
  void remove(std::size_t position);
  void compact();

  std::size_t count_ = 0;
  std::size_t used_bytes_ = 0;  ///< of the arena, gaps included
  std::array<Entry, kMessagesMax> entries_{};
  std::array<Byte, kMessageArenaBytes> arena_{};
};

}  // namespace xl::module::messaging
