// SPDX-License-Identifier: Apache-2.0
#include "at/line_framer.hpp"

#include <algorithm>

namespace xl::at {

LineFramer::Event LineFramer::push(Byte byte) {
  if (byte == '\n' || byte == '\r') return end_of_line();
  if (state_ == State::body) {
    append(byte);
  } else if (state_ != State::overflowed) {
    scan_prefix(byte);
  }
  return Event::none;
}

LineFramer::Event LineFramer::end_of_line() {
  const State ended = state_;
  const bool not_a_command = starts_with_at_ && ended != State::at;
  const std::size_t size = size_;
  begin_line();
  switch (ended) {
    case State::at:
      return Event::attention;
    case State::body:
      size_ = size;
      return Event::command;
    case State::overflowed:
      return Event::overflow;
    default:
      return not_a_command ? Event::not_a_command : Event::none;
  }
}

void LineFramer::scan_prefix(Byte byte) {
  prefix_bytes_ = std::min<std::size_t>(prefix_bytes_ + 1, 3);
  if (state_ == State::at && byte == '+') {
    state_ = State::body;
    size_ = 0;
  } else if (byte == 'A' || byte == 'a') {
    state_ = State::a;
  } else if (state_ == State::a && (byte == 'T' || byte == 't')) {
    state_ = State::at;
    starts_with_at_ = starts_with_at_ || prefix_bytes_ == 2;
  } else {
    state_ = State::prefix;
  }
}

void LineFramer::append(Byte byte) {
  if (size_ == line_.size()) {
    state_ = State::overflowed;
  } else {
    line_[size_++] = byte;
  }
}

void LineFramer::begin_line() {
  state_ = State::prefix;
  starts_with_at_ = false;
  prefix_bytes_ = 0;
  size_ = 0;
}

}  // namespace xl::at
