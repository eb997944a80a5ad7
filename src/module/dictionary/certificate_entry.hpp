// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "module/dictionary/dictionary.hpp"
#include "module/limits.hpp"
#include "module/ports/clock.hpp"

namespace xl::module::dictionary {

/// `CONF key=pem`: collects the raw lines that follow, through `-----END CERTIFICATE-----`. source: guide 8.11.3
class CertificateEntry {
 public:
  enum class Event : std::uint8_t { none, complete, overflow };

  /// `buffer` holds the text while an entry is active, and until the text has been used.
  explicit CertificateEntry(ByteSpan buffer) : text_(buffer.first(kEntryBytesMax)) {}

  void begin(KeyRef key, ports::Millis deadline);
  void cancel() { deadline_.reset(); }
  bool is_active() const { return deadline_.has_value(); }
  std::optional<ports::Millis> deadline() const { return deadline_; }
  KeyRef key() const { return key_; }

  /// After `complete` or `overflow` the entry is over; text() holds until the next begin().
  Event push(Byte byte);
  /// Lines ended by LF, whatever the host ended them with; empty lines left out.
  std::string_view text() const { return as_text(ByteView(text_).first(size_)); }

 private:
  Event end_of_line();
  void restart_overflowed();

  KeyRef key_{};
  std::optional<ports::Millis> deadline_;
  bool overflowed_ = false;
  std::size_t size_ = 0;
  std::size_t line_start_ = 0;
  ByteSpan text_;
};

}  // namespace xl::module::dictionary
