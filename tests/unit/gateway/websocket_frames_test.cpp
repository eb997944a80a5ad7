// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket_frames.hpp"

#include <gtest/gtest.h>

#include "unit/gateway/websocket_support.hpp"

namespace xl::gateway::websocket {
namespace {

using gateway::testing::FrameShape;
using gateway::testing::masked_frame;

/// What a reader says about bytes that come in pieces.
struct Heard {
  std::string data, pings;
  bool is_closed = false;
  std::optional<CloseCode> fault;
  bool operator==(const Heard&) const = default;
};

Heard hear(FrameReader& reader, std::string_view bytes, Heard heard = {}) {
  const FrameReader::Sink sink{[&](std::string_view data) { heard.data += data; },
                               [&](std::string_view ping) { heard.pings.append("[").append(ping).append("]"); },
                               [&] { heard.is_closed = true; }};
  heard.fault = reader.feed(bytes, sink);
  return heard;
}

Heard hear(std::string_view bytes) {
  FrameReader reader;
  return hear(reader, bytes);
}

const std::string kConversation =
    masked_frame("MQ", {.final = false}) + masked_frame("p1", {.opcode = Opcode::ping}) +
    masked_frame("", {.opcode = Opcode::continuation, .final = false}) +
    masked_frame("TT", {.opcode = Opcode::continuation}) + masked_frame("", {.opcode = Opcode::ping}) +
    masked_frame("ignored", {.opcode = Opcode::pong}) + masked_frame(std::string(300, 'x')) + masked_frame("") +
    masked_frame(
        "\x03\xe8"
        "bye",
        {.opcode = Opcode::close}) +
    "whatever comes after it";

TEST(WebSocketFrames, AreOneStreamOfBytesWhateverTheirBorders) {
  const Heard heard = hear(kConversation);
  EXPECT_FALSE(heard.fault);
  EXPECT_EQ(heard.data, "MQTT" + std::string(300, 'x'));
  EXPECT_EQ(heard.pings, "[p1][]");
  EXPECT_TRUE(heard.is_closed);
}

TEST(WebSocketFrames, MayBeCutAnywhere) {
  const Heard whole = hear(kConversation);
  for (std::size_t cut = 0; cut <= kConversation.size(); ++cut) {
    FrameReader reader;
    const Heard first = hear(reader, std::string_view(kConversation).substr(0, cut));
    EXPECT_FALSE(first.fault) << cut;
    EXPECT_EQ(hear(reader, std::string_view(kConversation).substr(cut), first), whole) << cut;
  }
  FrameReader reader;
  Heard bytewise;
  for (const char c : kConversation) bytewise = hear(reader, {&c, 1}, bytewise);
  EXPECT_EQ(bytewise, whole);
}

TEST(WebSocketFrames, HaveThreeFormsOfLength) {
  for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U, 200'000U}) {
    const std::string payload(size, 'z');
    EXPECT_EQ(hear(masked_frame(payload)).data, payload) << size;
  }
}

TEST(WebSocketFrames, AreRefusedAsSoonAsTheyAreWrong) {
  const auto fault = [](const FrameShape& shape, std::string_view payload = "x", const std::string& before = {}) {
    const std::string bytes = before + masked_frame(payload, shape);
    FrameReader reader;
    return hear(reader, bytes).fault;
  };
  EXPECT_EQ(fault({.masked = false}), CloseCode::protocol_error);
  EXPECT_EQ(fault({.opcode = Opcode::text}), CloseCode::unsupported_data);
  for (const unsigned bit : {0x40U, 0x20U, 0x10U})
    EXPECT_EQ(fault({.reserved = static_cast<std::uint8_t>(bit)}), CloseCode::protocol_error);
  for (const int opcode : {3, 7, 11, 15})
    EXPECT_EQ(fault({.opcode = static_cast<Opcode>(opcode)}), CloseCode::protocol_error) << opcode;
  EXPECT_EQ(fault({.opcode = Opcode::continuation}), CloseCode::protocol_error) << "nothing was begun";
  EXPECT_EQ(fault({}, "x", masked_frame("x", {.final = false})), CloseCode::protocol_error) << "another was begun";
  for (const Opcode control : {Opcode::ping, Opcode::pong, Opcode::close}) {
    EXPECT_EQ(fault({.opcode = control, .final = false}), CloseCode::protocol_error);
    EXPECT_EQ(fault({.opcode = control}, std::string(126, 'x')), CloseCode::protocol_error);
  }
  EXPECT_EQ(fault({.length_bytes = 2}), CloseCode::protocol_error) << "not the shortest form";
  EXPECT_EQ(fault({.length_bytes = 8}, std::string(300, 'x')), CloseCode::protocol_error);
  EXPECT_EQ(hear(std::string("\x82\xff\x80\0\0\0\0\0\0\0mask", 14)).fault, CloseCode::protocol_error) << "2^63 bytes";
  EXPECT_EQ(hear("\x81\xfe").fault, CloseCode::unsupported_data) << "two bytes are enough to know";
}

TEST(WebSocketFrames, OfTheServerAreUnmaskedAndWhole) {
  EXPECT_EQ(frame(Opcode::binary, "ab"),
            "\x82\x02"
            "ab");
  EXPECT_EQ(frame(Opcode::pong, ""), std::string("\x8a\x00", 2));
  EXPECT_EQ(frame(Opcode::binary, std::string(126, 'x')).substr(0, 4), std::string("\x82\x7e\x00\x7e", 4));
  EXPECT_EQ(frame(Opcode::binary, std::string(65'536, 'x')).substr(0, 10),
            std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
  EXPECT_EQ(close_frame(CloseCode::protocol_error), "\x88\x02\x03\xea");
}

}  // namespace
}  // namespace xl::gateway::websocket
