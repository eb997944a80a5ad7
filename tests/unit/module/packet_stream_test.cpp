// SPDX-License-Identifier: Apache-2.0
#include "module/connection/packet_stream.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/sim/ports.hpp"

namespace xl::module::connection {
namespace {

std::string publish_bytes(std::string_view topic, const std::string& payload, std::uint8_t qos = 0) {
  mqtt::Publish publish;
  publish.topic = topic;
  publish.payload = as_bytes(payload);
  publish.qos = qos;
  publish.packet_id = qos == 0 ? std::uint16_t{0} : std::uint16_t{77};
  std::string bytes(mqtt::encoded_size(publish), '\0');
  EXPECT_TRUE(mqtt::encode(publish, {reinterpret_cast<Byte*>(bytes.data()), bytes.size()}));
  return bytes;
}

class PacketStreamTest : public ::testing::Test, private PacketStream::Receiver {
 protected:
  bool receive(std::string_view bytes) { return stream_->receive(as_bytes(bytes), *this); }

  std::vector<std::string> seen_;
  bool gives_up_ = false;

 private:
  bool on_packet(const mqtt::Packet& packet) override {
    const auto* publish = std::get_if<mqtt::Publish>(&packet);
    seen_.push_back(publish ? std::string(publish->topic) + "=" + std::to_string(publish->payload.size()) : "other");
    return !gives_up_;
  }
  bool on_oversized(const mqtt::Publish& publish) override {
    seen_.push_back("oversized " + std::string(publish.topic) + " " + std::to_string(publish.packet_id));
    return !gives_up_;
  }

  platform::sim::Transport transport_;
  std::unique_ptr<PacketStream> stream_ = std::make_unique<PacketStream>(transport_);
};

using Seen = std::vector<std::string>;

TEST_F(PacketStreamTest, FindsPacketsHoweverTheBytesArrive) {
  const std::string bytes =
      publish_bytes("a", "12") + publish_bytes("b", std::string(9000, 'x')) + publish_bytes("c", "");
  const Seen wanted{"a=2", "b=9000", "c=0"};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, bytes.size()}) {
    seen_.clear();
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      EXPECT_TRUE(receive(std::string_view(bytes).substr(at, piece)));
    EXPECT_EQ(seen_, wanted) << piece;
  }
}

TEST_F(PacketStreamTest, SkipsPublicationsThatAreTooLarge) {
  const std::string bytes = publish_bytes("a", "12") + publish_bytes("big", std::string(100'000, 'x'), 1) +
                            publish_bytes("large", std::string(kPacketBytesMax, 'x')) + publish_bytes("c", "3");
  const Seen wanted{"a=2", "oversized big 77", "oversized large 0", "c=1"};
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    seen_.clear();
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      EXPECT_TRUE(receive(std::string_view(bytes).substr(at, piece)));
    EXPECT_EQ(seen_, wanted) << piece;
  }
}

TEST_F(PacketStreamTest, ReportsBytesThatAreNotMqtt) {
  EXPECT_FALSE(receive("\x30\xFF\xFF\xFF\xFF\x01"));
  EXPECT_FALSE(receive("HTTP/1.1 400 Bad Request\r\n\r\n"));
}

TEST_F(PacketStreamTest, StopsWhenItsReceiverGivesUp) {
  gives_up_ = true;
  EXPECT_TRUE(receive(publish_bytes("a", "1") + publish_bytes("b", "2")));
  EXPECT_EQ(seen_, (Seen{"a=1"}));
}

}  // namespace
}  // namespace xl::module::connection
