// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/packet.hpp"

namespace xl::mqtt::testing {

using Buffer = std::vector<Byte>;

inline Buffer encoded(const Packet& packet) {
  Buffer out(encoded_size(packet));
  const auto size = encode(packet, out);
  if (!size || *size != out.size()) throw std::runtime_error("packet does not encode");
  return out;
}

/// A frame with a correct remaining length around `body`; `body` must outlive it.
inline Frame frame(Byte header, const Buffer& body) { return {header, body, body.size() + 2}; }

inline Fault fault_of(const tl::expected<Packet, Fault>& decoded) {
  if (decoded) throw std::runtime_error("packet was accepted");
  return decoded.error();
}

/// Bytes and length-prefixed strings, in the order written.
class Body {
 public:
  Body& byte(int value) {
    bytes_.push_back(static_cast<Byte>(value));
    return *this;
  }
  Body& two(int value) { return byte(value >> 8).byte(value & 0xFF); }
  Body& text(std::string_view value) {
    two(static_cast<int>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  operator const Buffer&() const { return bytes_; }

 private:
  Buffer bytes_;
};

}  // namespace xl::mqtt::testing
