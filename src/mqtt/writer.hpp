// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <string_view>

#include "base/bytes.hpp"

namespace xl::mqtt {

/// Appends fields to `out`. Goes on counting when `out` is full, so an empty `out` measures.
class Writer {
 public:
  explicit Writer(ByteSpan out) : out_(out) {}

  std::size_t size() const { return size_; }
  bool fits() const { return size_ <= out_.size(); }

  void byte(Byte value) { bytes({&value, 1}); }
  void two_bytes(std::uint16_t value) {
    byte(static_cast<Byte>(value >> 8));
    byte(static_cast<Byte>(value & 0xFF));
  }
  void bytes(ByteView value) {
    if (size_ <= out_.size() && value.size() <= out_.size() - size_) {
      std::copy(value.begin(), value.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
    }
    size_ += value.size();
  }
  void binary(ByteView value) {
    two_bytes(static_cast<std::uint16_t>(value.size()));
    bytes(value);
  }
  void string(std::string_view value) { binary(as_bytes(value)); }
  void remaining_length(std::size_t length) {
    do {
      const Byte low = length & 0x7F;
      length >>= 7;
      byte(length > 0 ? low | 0x80 : low);
    } while (length > 0);
  }

 private:
  ByteSpan out_;
  std::size_t size_ = 0;
};

}  // namespace xl::mqtt
