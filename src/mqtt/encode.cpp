// SPDX-License-Identifier: Apache-2.0
// Each packet type has two functions: is_writable() (its fields make a packet that decode() accepts, as far as that can
// be told without reading every string) and write_body().
#include "mqtt/packet.hpp"
#include "mqtt/packet_type.hpp"
#include "mqtt/writer.hpp"

namespace xl::mqtt {
namespace {

constexpr std::size_t kStringBytesMax = 65'535;
constexpr std::size_t kRemainingLengthMax = 268'435'455;  // source: MQTT 3.1.1 table 2.4
constexpr Byte kProtocolLevel = 4;
constexpr Byte kQosMax = 2;

constexpr PacketType type_of(const Connect&) { return PacketType::connect; }
constexpr PacketType type_of(const ConnAck&) { return PacketType::connack; }
constexpr PacketType type_of(const Publish&) { return PacketType::publish; }
constexpr PacketType type_of(const PubAck&) { return PacketType::puback; }
constexpr PacketType type_of(const PubRec&) { return PacketType::pubrec; }
constexpr PacketType type_of(const PubRel&) { return PacketType::pubrel; }
constexpr PacketType type_of(const PubComp&) { return PacketType::pubcomp; }
constexpr PacketType type_of(const Subscribe&) { return PacketType::subscribe; }
constexpr PacketType type_of(const SubAck&) { return PacketType::suback; }
constexpr PacketType type_of(const Unsubscribe&) { return PacketType::unsubscribe; }
constexpr PacketType type_of(const UnsubAck&) { return PacketType::unsuback; }
constexpr PacketType type_of(const PingReq&) { return PacketType::pingreq; }
constexpr PacketType type_of(const PingResp&) { return PacketType::pingresp; }
constexpr PacketType type_of(const Disconnect&) { return PacketType::disconnect; }

template <class T>
concept Acknowledgement = std::is_same_v<T, PubAck> || std::is_same_v<T, PubRec> || std::is_same_v<T, PubRel> ||
                          std::is_same_v<T, PubComp> || std::is_same_v<T, UnsubAck>;
template <class T>
concept Empty = std::is_same_v<T, PingReq> || std::is_same_v<T, PingResp> || std::is_same_v<T, Disconnect>;

bool fits_a_string(std::string_view text) { return text.size() <= kStringBytesMax; }
bool fits_a_string(ByteView bytes) { return bytes.size() <= kStringBytesMax; }
bool is_topic_sized(std::string_view topic) { return !topic.empty() && fits_a_string(topic); }

bool is_writable(const Will& will) {
  return is_topic_sized(will.topic) && fits_a_string(will.payload) && will.qos <= kQosMax;
}

bool is_writable(const Connect& connect) {
  if (!fits_a_string(connect.client_id) || (connect.will && !is_writable(*connect.will))) return false;
  if (connect.username && !fits_a_string(*connect.username)) return false;
  return !connect.password || (connect.username && fits_a_string(*connect.password));
}
bool is_writable(const ConnAck& ack) { return !ack.session_present || ack.return_code == 0; }
bool is_writable(const Publish& publish) {
  if (!is_topic_sized(publish.topic) || publish.qos > kQosMax) return false;
  return publish.qos == 0 ? !publish.duplicate : publish.packet_id != 0;
}
bool is_writable(const Acknowledgement auto& ack) { return ack.packet_id != 0; }
bool is_writable(const Subscribe& subscribe) {
  if (subscribe.packet_id == 0 || subscribe.count == 0 || subscribe.count > kFiltersMax) return false;
  for (std::size_t i = 0; i < subscribe.count; ++i) {
    if (!is_topic_sized(subscribe.filters[i].filter) || subscribe.filters[i].qos > kQosMax) return false;
  }
  return true;
}
bool is_writable(const SubAck& ack) { return ack.packet_id != 0 && !ack.return_codes.empty(); }
bool is_writable(const Unsubscribe& unsubscribe) {
  if (unsubscribe.packet_id == 0 || unsubscribe.count == 0 || unsubscribe.count > kFiltersMax) return false;
  for (std::size_t i = 0; i < unsubscribe.count; ++i) {
    if (!is_topic_sized(unsubscribe.filters[i])) return false;
  }
  return true;
}
bool is_writable(const Empty auto&) { return true; }

Byte bit(bool set, int position) { return set ? static_cast<Byte>(1 << position) : Byte{0}; }

Byte connect_flags(const Connect& connect) {
  Byte flags = bit(connect.clean_session, 1);
  flags |= bit(connect.password.has_value(), 6) | bit(connect.username.has_value(), 7);
  if (connect.will) flags |= bit(true, 2) | bit(connect.will->retain, 5) | static_cast<Byte>(connect.will->qos << 3);
  return flags;
}

void write_body(Writer& out, const Connect& connect) {
  out.string("MQTT");
  out.byte(kProtocolLevel);
  out.byte(connect_flags(connect));
  out.two_bytes(connect.keep_alive_seconds);
  out.string(connect.client_id);
  if (connect.will) {
    out.string(connect.will->topic);
    out.binary(connect.will->payload);
  }
  if (connect.username) out.string(*connect.username);
  if (connect.password) out.binary(*connect.password);
}
void write_body(Writer& out, const ConnAck& ack) {
  out.byte(bit(ack.session_present, 0));
  out.byte(ack.return_code);
}
void write_body(Writer& out, const Publish& publish) {
  out.string(publish.topic);
  if (publish.qos > 0) out.two_bytes(publish.packet_id);
  out.bytes(publish.payload);
}
void write_body(Writer& out, const Acknowledgement auto& ack) { out.two_bytes(ack.packet_id); }
void write_body(Writer& out, const Subscribe& subscribe) {
  out.two_bytes(subscribe.packet_id);
  for (std::size_t i = 0; i < std::min(subscribe.count, kFiltersMax); ++i) {
    out.string(subscribe.filters[i].filter);
    out.byte(subscribe.filters[i].qos);
  }
}
void write_body(Writer& out, const SubAck& ack) {
  out.two_bytes(ack.packet_id);
  out.bytes(ack.return_codes);
}
void write_body(Writer& out, const Unsubscribe& unsubscribe) {
  out.two_bytes(unsubscribe.packet_id);
  for (std::size_t i = 0; i < std::min(unsubscribe.count, kFiltersMax); ++i) out.string(unsubscribe.filters[i]);
}
void write_body(Writer&, const Empty auto&) {}

template <class T>
Byte flags_of(const T& packet) {
  return fixed_flags(type_of(packet));
}
Byte flags_of(const Publish& publish) {
  return bit(publish.retain, 0) | static_cast<Byte>(publish.qos << 1) | bit(publish.duplicate, 3);
}

template <class T>
std::size_t body_size(const T& packet) {
  Writer measure({});
  write_body(measure, packet);
  return measure.size();
}

template <class T>
void write(Writer& out, const T& packet) {
  out.byte(static_cast<Byte>(static_cast<Byte>(type_of(packet)) << 4 | flags_of(packet)));
  out.remaining_length(body_size(packet));
  write_body(out, packet);
}

}  // namespace

std::size_t encoded_size(const Packet& packet) {
  Writer measure({});
  std::visit([&](const auto& alternative) { write(measure, alternative); }, packet);
  return measure.size();
}

tl::expected<std::size_t, Fault> encode(const Packet& packet, ByteSpan out) {
  const bool writable = std::visit(
      [](const auto& alternative) { return is_writable(alternative) && body_size(alternative) <= kRemainingLengthMax; },
      packet);
  if (!writable) return tl::make_unexpected(Fault::malformed);
  Writer writer(out);
  std::visit([&](const auto& alternative) { write(writer, alternative); }, packet);
  if (!writer.fits()) return tl::make_unexpected(Fault::buffer_too_small);
  return writer.size();
}

}  // namespace xl::mqtt
