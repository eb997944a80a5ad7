// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "at/error.hpp"
#include "base/bytes.hpp"

namespace xl::at {

/// What a command answers. The views must live until the reply is written.
struct [[nodiscard]] Reply {
  enum class Kind : std::uint8_t {
    ok,         ///< `OK[ detail]`
    lines,      ///< `OK<n>[ detail]` and n further lines
    error,      ///< `ERR<code> [hint ]text[ detail]`
    suspended,  ///< nothing now; the handler's owner writes the reply later
  };
  Kind kind = Kind::ok;
  AtError error{};
  std::optional<unsigned> hint;  ///< before an error's text (guide 4.7.2.2)
  std::string_view detail;       ///< escaped when written
  ByteView line;                 ///< with lines: one further line, escaped when written
  std::string_view text_lines;   ///< with lines, if `line` is empty: several lines, split at LF and written as they are
};

inline Reply ok(std::string_view detail = {}) {
  return {.kind = Reply::Kind::ok, .error = {}, .hint = {}, .detail = detail, .line = {}, .text_lines = {}};
}
/// `OK1 detail` and the line.
inline Reply ok_with_line(std::string_view detail, ByteView line) {
  return {.kind = Reply::Kind::lines, .error = {}, .hint = {}, .detail = detail, .line = line, .text_lines = {}};
}
/// `OK<n> detail` and the n lines of `text`.
inline Reply ok_with_text(std::string_view detail, std::string_view text) {
  return {.kind = Reply::Kind::lines, .error = {}, .hint = {}, .detail = detail, .line = {}, .text_lines = text};
}
inline Reply error(AtError code, std::string_view detail = {}) {
  return {.kind = Reply::Kind::error, .error = code, .hint = {}, .detail = detail, .line = {}, .text_lines = {}};
}
inline Reply unable_to_connect(unsigned hint, std::string_view detail = {}) {
  return {.kind = Reply::Kind::error,
          .error = AtError::unable_to_connect,
          .hint = hint,
          .detail = detail,
          .line = {},
          .text_lines = {}};
}
inline Reply suspended() {
  return {.kind = Reply::Kind::suspended, .error = {}, .hint = {}, .detail = {}, .line = {}, .text_lines = {}};
}

}  // namespace xl::at
