// SPDX-License-Identifier: Apache-2.0
#include "mqtt/packet.hpp"
#include "mqtt/packet_type.hpp"
#include "mqtt/reader.hpp"
#include "mqtt/topic.hpp"

namespace xl::mqtt {
namespace {

using Decoded = tl::expected<Packet, Fault>;

constexpr Byte kProtocolLevel = 4;
constexpr Byte kQosMax = 2;
constexpr Byte kReturnCodeMax = 5;
constexpr Byte kSubscriptionRefused = 0x80;

Decoded malformed() { return tl::make_unexpected(Fault::malformed); }

/// The packet, if every field was there and nothing follows.
template <class T>
Decoded finish(const Reader& reader, const T& packet) {
  if (!reader.ok() || !reader.at_end()) return malformed();
  return Packet(packet);
}

/// MQTT 3.1 calls itself MQIsdp: a version that we do not speak, not nonsense.
std::optional<Fault> protocol_fault(Reader& reader) {
  const std::string_view name = reader.string();
  const Byte level = reader.byte();
  if (!reader.ok() || (name != "MQTT" && name != "MQIsdp")) return Fault::malformed;
  if (name != "MQTT" || level != kProtocolLevel) return Fault::unsupported;
  return std::nullopt;
}

struct ConnectFlags {
  explicit ConnectFlags(Byte bits)
      : reserved(bits & 0x01),
        clean_session(bits & 0x02),
        will(bits & 0x04),
        will_qos((bits >> 3) & 0x03),
        will_retain(bits & 0x20),
        password(bits & 0x40),
        username(bits & 0x80) {}
  /// source: MQTT 3.1.1 3.1.2.3 to 3.1.2.9
  bool are_valid() const {
    if (reserved || will_qos > kQosMax) return false;
    if (!will && (will_qos != 0 || will_retain)) return false;
    return username || !password;
  }
  bool reserved;
  bool clean_session;
  bool will;
  Byte will_qos;
  bool will_retain;
  bool password;
  bool username;
};

Will read_will(Reader& reader, const ConnectFlags& flags) {
  Will will;
  will.topic = reader.string();
  reader.require(is_topic_name(will.topic));
  will.payload = reader.binary();
  will.qos = flags.will_qos;
  will.retain = flags.will_retain;
  return will;
}

Decoded decode_connect(Reader& reader) {
  if (const auto fault = protocol_fault(reader)) return tl::make_unexpected(*fault);
  const ConnectFlags flags(reader.byte());
  if (!flags.are_valid()) return malformed();
  Connect connect;
  connect.clean_session = flags.clean_session;
  connect.keep_alive_seconds = reader.two_bytes();
  connect.client_id = reader.string();
  if (flags.will) connect.will = read_will(reader, flags);
  if (flags.username) connect.username = reader.string();
  if (flags.password) connect.password = reader.binary();
  return finish(reader, connect);
}

Decoded decode_connack(Reader& reader) {
  ConnAck ack;
  const Byte flags = reader.byte();
  ack.session_present = flags == 1;
  ack.return_code = reader.byte();
  reader.require(flags <= 1 && ack.return_code <= kReturnCodeMax);
  reader.require(!ack.session_present || ack.return_code == 0);  // source: MQTT 3.1.1 3.2.2.2
  return finish(reader, ack);
}

Decoded decode_publish(Reader& reader, Byte flags) {
  Publish publish;
  publish.retain = (flags & 0x01) != 0;
  publish.qos = (flags >> 1) & 0x03;
  publish.duplicate = (flags & 0x08) != 0;
  reader.require(publish.qos <= kQosMax && (publish.qos > 0 || !publish.duplicate));
  publish.topic = reader.string();
  reader.require(is_topic_name(publish.topic));
  if (publish.qos > 0) publish.packet_id = reader.packet_id();
  publish.payload = reader.rest();
  return finish(reader, publish);
}

template <class T>
Decoded decode_acknowledgement(Reader& reader) {
  return finish(reader, T{reader.packet_id()});
}

Decoded decode_subscribe(Reader& reader) {
  Subscribe subscribe;
  subscribe.packet_id = reader.packet_id();
  while (reader.ok() && !reader.at_end()) {
    if (subscribe.count == kFiltersMax) return tl::make_unexpected(Fault::too_large);
    Subscription& subscription = subscribe.filters[subscribe.count++];
    subscription.filter = reader.string();
    subscription.qos = reader.byte();
    reader.require(is_topic_filter(subscription.filter) && subscription.qos <= kQosMax);
  }
  reader.require(subscribe.count > 0);
  return finish(reader, subscribe);
}

Decoded decode_suback(Reader& reader) {
  SubAck ack;
  ack.packet_id = reader.packet_id();
  ack.return_codes = reader.rest();
  reader.require(!ack.return_codes.empty());
  for (const Byte code : ack.return_codes) reader.require(code <= kQosMax || code == kSubscriptionRefused);
  return finish(reader, ack);
}

Decoded decode_unsubscribe(Reader& reader) {
  Unsubscribe unsubscribe;
  unsubscribe.packet_id = reader.packet_id();
  while (reader.ok() && !reader.at_end()) {
    if (unsubscribe.count == kFiltersMax) return tl::make_unexpected(Fault::too_large);
    std::string_view& filter = unsubscribe.filters[unsubscribe.count++];
    filter = reader.string();
    reader.require(is_topic_filter(filter));
  }
  reader.require(unsubscribe.count > 0);
  return finish(reader, unsubscribe);
}

}  // namespace

tl::expected<Packet, Fault> decode(const Frame& frame) {
  const auto type = static_cast<PacketType>(frame.header >> 4);
  const Byte flags = frame.header & 0x0F;
  if (type < PacketType::connect || type > PacketType::disconnect) return tl::make_unexpected(Fault::unsupported);
  if (type != PacketType::publish && flags != fixed_flags(type)) return malformed();
  Reader reader(frame.body);
  switch (type) {
    case PacketType::connect:
      return decode_connect(reader);
    case PacketType::connack:
      return decode_connack(reader);
    case PacketType::publish:
      return decode_publish(reader, flags);
    case PacketType::puback:
      return decode_acknowledgement<PubAck>(reader);
    case PacketType::pubrec:
      return decode_acknowledgement<PubRec>(reader);
    case PacketType::pubrel:
      return decode_acknowledgement<PubRel>(reader);
    case PacketType::pubcomp:
      return decode_acknowledgement<PubComp>(reader);
    case PacketType::subscribe:
      return decode_subscribe(reader);
    case PacketType::suback:
      return decode_suback(reader);
    case PacketType::unsubscribe:
      return decode_unsubscribe(reader);
    case PacketType::unsuback:
      return decode_acknowledgement<UnsubAck>(reader);
    case PacketType::pingreq:
      return finish(reader, PingReq{});
    case PacketType::pingresp:
      return finish(reader, PingResp{});
    case PacketType::disconnect:
      return finish(reader, Disconnect{});
  }
  return tl::make_unexpected(Fault::unsupported);
}

}  // namespace xl::mqtt
