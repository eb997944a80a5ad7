// SPDX-License-Identifier: Apache-2.0
#include "mqtt/packet.hpp"

#include <gtest/gtest.h>

#include <random>

#include "unit/mqtt/support.hpp"

namespace xl::mqtt {
namespace {

using testing::Body;
using testing::Buffer;
using testing::encoded;
using testing::fault_of;
using testing::frame;

constexpr std::size_t kLimit = 1 << 20;

const Buffer kGranted{0x00, 0x01, 0x02, 0x80};

Subscribe subscription(std::size_t count) {
  Subscribe subscribe{.packet_id = 9, .count = count};
  for (std::size_t i = 0; i < count; ++i) subscribe.filters[i] = {"a/+/#", static_cast<std::uint8_t>(i % 3)};
  return subscribe;
}
Unsubscribe unsubscription(std::size_t count) {
  Unsubscribe unsubscribe{.packet_id = 0xFFFF, .count = count};
  for (std::size_t i = 0; i < count; ++i) unsubscribe.filters[i] = "b/+";
  return unsubscribe;
}

/// One packet or more of each type, with every optional part both there and not there.
std::vector<Packet> samples() {
  const Will will{.topic = "last/words", .payload = as_bytes("gone"), .qos = 2, .retain = true};
  return {
      Connect{.client_id = "c", .keep_alive_seconds = 60},
      Connect{.client_id = "", .clean_session = false, .will = will},
      Connect{.client_id = "düse", .username = "u"},
      Connect{
          .client_id = "c", .will = will, .username = "u?SDK=x", .password = as_bytes(std::string_view("\0\xFF", 2))},
      ConnAck{},
      ConnAck{.session_present = true},
      ConnAck{.return_code = 5},
      Publish{.topic = "t"},
      Publish{.topic = "t/u", .payload = as_bytes("x"), .qos = 1, .retain = true, .duplicate = true, .packet_id = 1},
      Publish{.topic = "t/u", .payload = as_bytes("xyz"), .qos = 2, .packet_id = 0x1234},
      PubAck{1},
      PubRec{2},
      PubRel{3},
      PubComp{0xFFFF},
      subscription(1),
      subscription(8),
      subscription(kFiltersMax),
      SubAck{.packet_id = 9, .return_codes = kGranted},
      unsubscription(1),
      unsubscription(kFiltersMax),
      UnsubAck{77},
      PingReq{},
      PingResp{},
      Disconnect{},
  };
}

TEST(Packets, DecodeAndEncodeAreInverse) {
  for (const Packet& packet : samples()) {
    const Buffer bytes = encoded(packet);
    const auto frame = next_frame(bytes, kLimit);
    ASSERT_TRUE(frame && *frame);
    const auto decoded = decode(**frame);
    ASSERT_TRUE(decoded) << "alternative " << packet.index();
    EXPECT_EQ(decoded->index(), packet.index());
    EXPECT_EQ(encoded(*decoded), bytes) << "alternative " << packet.index();
  }
}

/// Whatever is cut off: a fault or (a PUBLISH may end anywhere after its topic) a packet, never a read past the end.
TEST(Packets, WithABodyCutAtAnyByteAreFaultsUnlessAPayloadWasCut) {
  for (const Packet& packet : samples()) {
    const Buffer bytes = encoded(packet);
    const Frame whole = **next_frame(bytes, kLimit);
    for (std::size_t cut = 0; cut < whole.body.size(); ++cut) {
      const Buffer body(whole.body.begin(), whole.body.begin() + static_cast<std::ptrdiff_t>(cut));
      const auto decoded = decode(frame(whole.header, body));
      if (!decoded) {
        EXPECT_EQ(decoded.error(), Fault::malformed);
        continue;
      }
      const bool may_be_shorter = std::holds_alternative<Publish>(packet) ||
                                  std::holds_alternative<Subscribe>(packet) || std::holds_alternative<SubAck>(packet) ||
                                  std::holds_alternative<Unsubscribe>(packet);
      EXPECT_TRUE(may_be_shorter) << "alternative " << packet.index() << " cut at " << cut;
    }
  }
}

TEST(Packets, WithAByteTooManyAreFaultsUnlessItIsPayload) {
  for (const Packet& packet : samples()) {
    if (std::holds_alternative<Publish>(packet) || std::holds_alternative<SubAck>(packet)) continue;
    const Buffer bytes = encoded(packet);
    const Frame whole = **next_frame(bytes, kLimit);
    Buffer body(whole.body.begin(), whole.body.end());
    body.push_back(0x7F);
    EXPECT_NE(fault_of(decode(frame(whole.header, body))), Fault::buffer_too_small) << "alternative " << packet.index();
  }
}

TEST(Packets, WithOtherHeaderFlagsAreFaults) {
  for (const Packet& packet : samples()) {
    if (std::holds_alternative<Publish>(packet)) continue;
    const Buffer bytes = encoded(packet);
    Frame whole = **next_frame(bytes, kLimit);
    const Byte right = whole.header & 0x0F;
    for (Byte flags = 0; flags < 16; ++flags) {
      whole.header = static_cast<Byte>((whole.header & 0xF0) | flags);
      EXPECT_EQ(decode(whole).has_value(), flags == right) << "header " << int{whole.header};
    }
  }
}

TEST(Packets, OfTheReservedTypesAreUnsupported) {
  EXPECT_EQ(fault_of(decode(frame(0x00, {}))), Fault::unsupported);
  EXPECT_EQ(fault_of(decode(frame(0xF0, {}))), Fault::unsupported);
}

/// Random changes of valid packets: a fault, or a packet that says the same bytes again.
TEST(Packets, SurviveRandomDamage) {
  std::mt19937 random(20240229);
  for (const Packet& packet : samples()) {
    const Buffer original = encoded(packet);
    for (int round = 0; round < 2000; ++round) {
      Buffer bytes = original;
      for (int change = 0; change <= round % 3; ++change) bytes[random() % bytes.size()] = static_cast<Byte>(random());
      const auto frame = next_frame(bytes, kLimit);
      if (!frame || !*frame) continue;
      const auto decoded = decode(**frame);
      if (!decoded) continue;
      const Buffer again = encoded(*decoded);
      const Frame reframed = **next_frame(again, kLimit);
      EXPECT_EQ(reframed.header, (*frame)->header);
      EXPECT_EQ(Buffer(reframed.body.begin(), reframed.body.end()),
                Buffer((*frame)->body.begin(), (*frame)->body.end()));
    }
  }
}

Body connect_start(int flags) { return Body().text("MQTT").byte(4).byte(flags).two(0); }
Fault connect_fault(const Buffer& body) { return fault_of(decode(frame(0x10, body))); }

TEST(ConnectPacket, OfAnotherProtocolVersionIsUnsupported) {
  EXPECT_EQ(connect_fault(Body().text("MQTT").byte(5).byte(2).two(0).byte(0).text("c")), Fault::unsupported);
  EXPECT_EQ(connect_fault(Body().text("MQTT").byte(3).byte(2).two(0).text("c")), Fault::unsupported);
  EXPECT_EQ(connect_fault(Body().text("MQIsdp").byte(3).byte(2).two(0).text("c")), Fault::unsupported);
  EXPECT_EQ(connect_fault(Body().text("HTTP").byte(4).byte(2).two(0).text("c")), Fault::malformed);
}

TEST(ConnectPacket, WithReservedOrContradictingFlagsIsMalformed) {
  EXPECT_TRUE(decode(frame(0x10, connect_start(0x02).text("c"))));
  EXPECT_EQ(connect_fault(connect_start(0x03).text("c")), Fault::malformed);                     // reserved bit
  EXPECT_EQ(connect_fault(connect_start(0x0A).text("c")), Fault::malformed);                     // will QoS, no will
  EXPECT_EQ(connect_fault(connect_start(0x22).text("c")), Fault::malformed);                     // will retain, no will
  EXPECT_EQ(connect_fault(connect_start(0x1E).text("c").text("w").text("")), Fault::malformed);  // will QoS 3
  EXPECT_EQ(connect_fault(connect_start(0x42).text("c").text("p")), Fault::malformed);           // password, no user
}

TEST(ConnectPacket, LeavesAnEmptyClientIdToTheServer) {
  const Buffer body = connect_start(0x00).text("");
  const auto decoded = decode(frame(0x10, body));
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(std::get<Connect>(*decoded).client_id.empty());
  EXPECT_FALSE(std::get<Connect>(*decoded).clean_session);
}

TEST(ConnectPacket, WithTextThatIsNotTextIsMalformed) {
  EXPECT_EQ(connect_fault(connect_start(0x02).text("\xFF")), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x02).text(std::string_view("a\0", 2))), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x82).text("c").text("\xED\xA0\x80")), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x06).text("c").text("w/#").text("")), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x06).text("c").text("").text("")), Fault::malformed);
}

TEST(ConnectPacket, WithALengthThatLiesIsMalformed) {
  EXPECT_EQ(connect_fault(connect_start(0x02).two(2).byte('c')), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x02).two(0xFFFF).byte('c')), Fault::malformed);
  EXPECT_EQ(connect_fault(connect_start(0x06).text("c").text("w").two(9).byte(1)), Fault::malformed);
}

TEST(ConnAckPacket, WithReservedBitsIsMalformed) {
  EXPECT_EQ(fault_of(decode(frame(0x20, {0x02, 0x00}))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x20, {0x00, 0x06}))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x20, {0x01, 0x05}))), Fault::malformed);  // a session for a refused client
}

TEST(PublishPacket, WithFlagsThatContradictIsMalformed) {
  const Buffer qos0 = Body().text("t");
  const Buffer qos1 = Body().text("t").two(1);
  EXPECT_TRUE(decode(frame(0x30, qos0)));
  EXPECT_TRUE(decode(frame(0x3B, qos1)));
  EXPECT_EQ(fault_of(decode(frame(0x36, qos1))), Fault::malformed);  // QoS 3
  EXPECT_EQ(fault_of(decode(frame(0x38, qos0))), Fault::malformed);  // a duplicate without QoS
}

TEST(PublishPacket, NeedsATopicNameAndAPacketId) {
  EXPECT_EQ(fault_of(decode(frame(0x30, Body().text("")))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x30, Body().text("a/+")))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x30, Body().text("a/#")))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x30, Body().text("\xC3")))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x30, Body().two(4).byte('t')))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x32, Body().text("t").two(0)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x32, Body().text("t").byte(1)))), Fault::malformed);
}

TEST(PublishPacket, KeepsAnyBytesInItsPayload) {
  const Buffer body = Body().text("t").byte(0).byte(0xFF).byte(0);
  const auto decoded = decode(frame(0x30, body));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(std::get<Publish>(*decoded).payload.size(), 3u);
  EXPECT_EQ(std::get<Publish>(*decoded).payload.data(), body.data() + 3);  // a view, not a copy
}

TEST(AcknowledgementPackets, WithPacketIdZeroAreMalformed) {
  for (const Byte header : Buffer{0x40, 0x50, 0x62, 0x70, 0xB0}) {
    EXPECT_TRUE(decode(frame(header, {0, 1}))) << int{header};
    EXPECT_EQ(fault_of(decode(frame(header, {0, 0}))), Fault::malformed) << int{header};
  }
}

TEST(SubscribePacket, NeedsValidFiltersAndQos) {
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(0).text("a").byte(0)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1).text("a#").byte(0)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1).text("").byte(0)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1).text("a").byte(3)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1).text("a").byte(0x04)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x82, Body().two(1).text("a")))), Fault::malformed);
}

TEST(SubscribePacket, WithMoreFiltersThanWeKeepIsTooLarge) {
  Body subscribe;
  Body unsubscribe;
  subscribe.two(1);
  unsubscribe.two(1);
  for (std::size_t i = 0; i <= kFiltersMax; ++i) {
    subscribe.text("a").byte(0);
    unsubscribe.text("a");
  }
  EXPECT_EQ(fault_of(decode(frame(0x82, subscribe))), Fault::too_large);
  EXPECT_EQ(fault_of(decode(frame(0xA2, unsubscribe))), Fault::too_large);
}

TEST(SubAckPacket, KnowsFourReturnCodes) {
  EXPECT_EQ(fault_of(decode(frame(0x90, Body().two(1)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x90, Body().two(1).byte(0).byte(3)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0x90, Body().two(1).byte(0x81)))), Fault::malformed);
}

TEST(UnsubscribePacket, NeedsAValidFilter) {
  EXPECT_EQ(fault_of(decode(frame(0xA2, Body().two(1)))), Fault::malformed);
  EXPECT_EQ(fault_of(decode(frame(0xA2, Body().two(1).text("+a")))), Fault::malformed);
}

TEST(Encoding, NeedsRoomForTheWholePacket) {
  for (const Packet& packet : samples()) {
    const std::size_t size = encoded_size(packet);
    for (std::size_t room = 0; room < size; ++room) {
      Buffer out(size, 0xEE);
      EXPECT_EQ(encode(packet, ByteSpan(out).first(room)).error(), Fault::buffer_too_small);
      for (std::size_t i = room; i < size; ++i) ASSERT_EQ(out[i], 0xEE) << "wrote past the room given";
    }
  }
}

TEST(Encoding, RefusesWhatCannotBeSaidInAPacket) {
  const std::string long_text(65'536, 'a');
  const std::vector<Packet> bad{
      Connect{.client_id = long_text},
      Connect{.client_id = "c", .username = long_text},
      Connect{.client_id = "c", .username = "u", .password = as_bytes(long_text)},
      Connect{.client_id = "c", .password = as_bytes("no user name")},
      Connect{.client_id = "c", .will = Will{.topic = "w", .payload = as_bytes(long_text)}},
      Connect{.client_id = "c", .will = Will{.topic = "w", .qos = 3}},
      Connect{.client_id = "c", .will = Will{}},
      ConnAck{.session_present = true, .return_code = 1},
      Publish{.topic = long_text},
      Publish{.topic = ""},
      Publish{.topic = "t", .qos = 3, .packet_id = 1},
      Publish{.topic = "t", .qos = 1},
      Publish{.topic = "t", .duplicate = true},
      PubAck{},
      Subscribe{.packet_id = 1},
      Subscribe{.packet_id = 1, .count = kFiltersMax + 1},
      Subscribe{.packet_id = 0, .count = 1},
      Subscribe{.packet_id = 1, .count = 1},
      SubAck{.packet_id = 1},
      Unsubscribe{.packet_id = 1, .count = 1},
      UnsubAck{},
  };
  Buffer out(kLimit);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    const auto size = encode(bad[i], out);
    EXPECT_FALSE(size) << "sample " << i;
    if (!size) EXPECT_EQ(size.error(), Fault::malformed) << "sample " << i;
  }
}

}  // namespace
}  // namespace xl::mqtt
