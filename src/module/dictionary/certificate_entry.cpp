// SPDX-License-Identifier: Apache-2.0
#include "module/dictionary/certificate_entry.hpp"

#include <algorithm>

namespace xl::module::dictionary {
namespace {

constexpr std::string_view kLastLine = "-----END CERTIFICATE-----";

}  // namespace

void CertificateEntry::begin(KeyRef key, ports::Millis deadline) {
  key_ = key;
  deadline_ = deadline;
  overflowed_ = false;
  size_ = 0;
  line_start_ = 0;
}

CertificateEntry::Event CertificateEntry::push(Byte byte) {
  if (byte == '\n' || byte == '\r') return end_of_line();
  if (size_ + 1 >= text_.size()) restart_overflowed();  // one byte stays free for the LF
  text_[size_++] = byte;
  return Event::none;
}

/// Goes on watching for the last line, so that what is left of the certificate is not taken for commands.
void CertificateEntry::restart_overflowed() {
  const std::size_t kept = size_ - line_start_ <= kLastLine.size() ? size_ - line_start_ : 0;
  std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(line_start_), kept, text_.begin());
  overflowed_ = true;
  size_ = kept;
  line_start_ = 0;
}

CertificateEntry::Event CertificateEntry::end_of_line() {
  if (size_ == line_start_) return Event::none;
  const bool is_last = text().substr(line_start_) == kLastLine;
  text_[size_++] = '\n';
  line_start_ = size_;
  if (!is_last) return Event::none;
  cancel();
  return overflowed_ ? Event::overflow : Event::complete;
}

}  // namespace xl::module::dictionary
