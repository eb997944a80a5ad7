// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "module/limits.hpp"
#include "module/ports/transport.hpp"
#include "mqtt/packet.hpp"

namespace xl::module::connection {

/// MQTT packets over the transport's bytes, in fixed buffers.
class PacketStream {
 public:
  class Receiver {
   public:
    /// false: the connection was given up, the rest of the bytes is of no interest.
    [[nodiscard]] virtual bool on_packet(const mqtt::Packet& packet) = 0;
    /// A PUBLISH larger than kPacketBytesMax, which is being skipped; its payload is empty here.
    [[nodiscard]] virtual bool on_oversized(const mqtt::Publish& publish) = 0;

   protected:
    ~Receiver() = default;
  };

  explicit PacketStream(ports::Transport& transport) : transport_(transport) {}

  /// For a new connection.
  void reset();
  [[nodiscard]] bool send(const mqtt::Packet& packet);
  /// false: the peer broke the protocol.
  [[nodiscard]] bool receive(ByteView bytes, Receiver& receiver);
  /// Never 0.
  std::uint16_t next_packet_id();

 private:
  enum class Step : std::uint8_t { more_bytes_needed, consumed, given_up, fault };

  Step take_packet(ByteView input, std::size_t& consumed, Receiver& receiver);
  Step skip_oversized(ByteView input, std::size_t& consumed, Receiver& receiver);
  Step take_packets(Receiver& receiver);

  ports::Transport& transport_;
  std::uint16_t last_packet_id_ = 0;
  std::size_t skip_bytes_ = 0;  ///< of an oversized packet, still to come
  std::size_t received_ = 0;
  std::array<Byte, kPacketBytesMax> input_{};
  std::array<Byte, kPacketBytesMax> output_{};
};

}  // namespace xl::module::connection
