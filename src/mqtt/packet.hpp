// SPDX-License-Identifier: Apache-2.0
// MQTT 3.1.1 packets: decode into views over the input, encode into the caller's buffer. No heap, no exceptions.
// source: OASIS MQTT 3.1.1; what AWS IoT leaves out (QoS 2) is refused by the decoder's callers, not here.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "base/bytes.hpp"

namespace xl::mqtt {

enum class Fault : std::uint8_t {
  malformed,    ///< breaks the packet's format
  unsupported,  ///< a packet type or protocol level that 3.1.1 does not know
  too_large,    ///< longer than the caller's limit
  buffer_too_small
};

struct Will {
  std::string_view topic{};
  ByteView payload{};
  std::uint8_t qos = 0;
  bool retain = false;
};

struct Connect {
  std::string_view client_id{};
  bool clean_session = true;
  std::uint16_t keep_alive_seconds = 0;
  std::optional<Will> will{};
  std::optional<std::string_view> username{};
  std::optional<ByteView> password{};
};
struct ConnAck {
  bool session_present = false;
  std::uint8_t return_code = 0;
};
struct Publish {
  std::string_view topic{};
  ByteView payload{};
  std::uint8_t qos = 0;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t packet_id = 0;  ///< 0 when qos == 0
};
struct PubAck {
  std::uint16_t packet_id = 0;
};
struct PubRec {
  std::uint16_t packet_id = 0;
};
struct PubRel {
  std::uint16_t packet_id = 0;
};
struct PubComp {
  std::uint16_t packet_id = 0;
};

inline constexpr std::size_t kFiltersMax = 64;  ///< more in one packet is `too_large`; AWS allows 8
struct Subscription {
  std::string_view filter{};
  std::uint8_t qos = 0;
};
struct Subscribe {
  std::uint16_t packet_id = 0;
  std::size_t count = 0;
  std::array<Subscription, kFiltersMax> filters{};
};
struct SubAck {
  std::uint16_t packet_id = 0;
  ByteView return_codes{};  ///< 0x00, 0x01, 0x02 granted; 0x80 refused
};
struct Unsubscribe {
  std::uint16_t packet_id = 0;
  std::size_t count = 0;
  std::array<std::string_view, kFiltersMax> filters{};
};
struct UnsubAck {
  std::uint16_t packet_id = 0;
};
struct PingReq {};
struct PingResp {};
struct Disconnect {};

using Packet = std::variant<Connect, ConnAck, Publish, PubAck, PubRec, PubRel, PubComp, Subscribe, SubAck, Unsubscribe,
                            UnsubAck, PingReq, PingResp, Disconnect>;

/// One packet's bytes inside a stream.
struct Frame {
  std::uint8_t header = 0;  ///< first byte: type and flags
  ByteView body{};          ///< after the remaining length
  std::size_t size = 0;     ///< whole packet, header included
};

/// The first packet of `input`: a frame, nullopt when more bytes are needed, or a fault (malformed length, longer than
/// `packet_bytes_max`, which counts the whole packet).
tl::expected<std::optional<Frame>, Fault> next_frame(ByteView input, std::size_t packet_bytes_max);

/// Strict: reserved flags, UTF-8, NUL in strings, wildcards in topic names, trailing bytes are faults.
tl::expected<Packet, Fault> decode(const Frame& frame);

/// Bytes that encode() would write.
std::size_t encoded_size(const Packet& packet);

/// Writes the packet to the start of `out`; returns its size, or buffer_too_small, or malformed for fields that no
/// packet can hold (string over 65,535 bytes, packet id 0, QoS 3, no filter). That text is UTF-8 is the caller's
/// business.
tl::expected<std::size_t, Fault> encode(const Packet& packet, ByteSpan out);

}  // namespace xl::mqtt
