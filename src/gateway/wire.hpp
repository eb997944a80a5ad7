// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "mqtt/packet.hpp"

namespace xl::gateway {

/// The packet's bytes; empty when it cannot be encoded (a string over 65,535 bytes).
inline std::string encoded(const mqtt::Packet& packet) {
  std::string out(mqtt::encoded_size(packet), '\0');
  const auto size = mqtt::encode(packet, {reinterpret_cast<Byte*>(out.data()), out.size()});
  return size ? out : std::string{};
}

/// Hands every whole packet of `bytes` to `take` until that returns false; how many bytes were consumed, or a fault.
inline tl::expected<std::size_t, mqtt::Fault> take_packets(std::string_view bytes, std::size_t packet_bytes_max,
                                                           const std::function<bool(const mqtt::Packet&)>& take) {
  std::size_t consumed = 0;
  for (;;) {
    const auto frame = mqtt::next_frame(as_bytes(bytes.substr(consumed)), packet_bytes_max);
    if (!frame) return tl::unexpected<mqtt::Fault>(frame.error());
    if (!*frame) return consumed;
    const auto packet = mqtt::decode(**frame);
    if (!packet) return tl::unexpected<mqtt::Fault>(packet.error());
    consumed += (*frame)->size;
    if (!take(*packet)) return consumed;
  }
}

}  // namespace xl::gateway
