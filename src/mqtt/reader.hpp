// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "base/bytes.hpp"
#include "mqtt/utf8.hpp"

namespace xl::mqtt {

/// Takes fields off the front of a packet's body. After the first field that is not there everything reads as zero or
/// empty and ok() is false, so a decoder checks once at its end.
class Reader {
 public:
  explicit Reader(ByteView body) : rest_(body) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  void refuse() { ok_ = false; }
  /// ok() stays true only when `condition` holds.
  void require(bool condition) { ok_ = ok_ && condition; }

  Byte byte() {
    const ByteView taken = bytes(1);
    return taken.empty() ? Byte{0} : taken[0];
  }
  std::uint16_t two_bytes() {
    const ByteView taken = bytes(2);
    return taken.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(taken[0] << 8 | taken[1]);
  }
  ByteView bytes(std::size_t count) {
    if (!ok_ || rest_.size() < count) {
      ok_ = false;
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  ByteView rest() { return bytes(rest_.size()); }
  ByteView binary() { return bytes(two_bytes()); }
  std::string_view string() {
    const std::string_view text = as_text(binary());
    require(is_utf8_string(text));
    return text;
  }
  /// A packet identifier: never 0. source: MQTT 3.1.1 2.3.1
  std::uint16_t packet_id() {
    const std::uint16_t id = two_bytes();
    require(id != 0);
    return id;
  }

 private:
  ByteView rest_;
  bool ok_ = true;
};

}  // namespace xl::mqtt
