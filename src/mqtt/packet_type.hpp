// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/bytes.hpp"

namespace xl::mqtt {

/// The high four bits of a packet's first byte. source: MQTT 3.1.1 table 2.1
enum class PacketType : Byte {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect
};

/// The low four bits that each type but PUBLISH must have. source: MQTT 3.1.1 table 2.2
constexpr Byte fixed_flags(PacketType type) {
  return type == PacketType::pubrel || type == PacketType::subscribe || type == PacketType::unsubscribe ? 2 : 0;
}

}  // namespace xl::mqtt
