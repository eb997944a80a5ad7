// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "at/limits.hpp"
#include "base/bytes.hpp"

namespace xl::at {

/// Cuts the host's byte stream into commands. An entry begins at `AT+`, or is a bare `AT`; bytes before it are ignored;
/// LF or CR ends it. A line that begins with AT but goes on otherwise is `not_a_command`; other lines say nothing.
/// source: guide 4.4, 4.5
class LineFramer {
 public:
  enum class Event : std::uint8_t {
    none,
    attention,      ///< bare AT
    command,        ///< AT+…: see line()
    not_a_command,  ///< ATx…
    overflow        ///< the end of a line longer than the buffer (guide 4.5.2)
  };

  /// Takes one byte. After `command`, line() holds until the next push.
  Event push(Byte byte);
  /// What followed `AT+`, still escaped. Writable: the parser undoes the escapes in place.
  ByteSpan line() { return {line_.data(), size_}; }
  /// The memory of the line, for whoever reads from the host between two commands; line() is lost.
  ByteSpan buffer() { return line_; }
  /// Bytes of the line being received were lost outside: its end will be an `overflow`.
  void mark_overflow() { state_ = State::overflowed; }
  void reset() { begin_line(); }

 private:
  enum class State : std::uint8_t { prefix, a, at, body, overflowed };

  Event end_of_line();
  void scan_prefix(Byte byte);
  void append(Byte byte);
  void begin_line();

  State state_ = State::prefix;
  bool starts_with_at_ = false;
  std::size_t prefix_bytes_ = 0;  ///< seen before the entry, up to 3: enough to know that a line began with AT
  std::size_t size_ = 0;
  std::array<Byte, kCommandBytesMax> line_{};
};

}  // namespace xl::at
