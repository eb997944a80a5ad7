// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/mqtt/support.hpp"

namespace xl::mqtt {
namespace {

using testing::Buffer;
constexpr std::size_t kNoLimit = 300'000'000;

TEST(Framing, WaitsForMoreBytesUntilThePacketIsWhole) {
  const Buffer packet = testing::encoded(Publish{.topic = "a/b", .payload = as_bytes("hello")});
  for (std::size_t cut = 0; cut < packet.size(); ++cut) {
    const auto frame = next_frame(ByteView(packet).first(cut), kNoLimit);
    ASSERT_TRUE(frame.has_value()) << cut;
    EXPECT_FALSE(frame->has_value()) << cut;
  }
  EXPECT_EQ((*next_frame(packet, kNoLimit))->size, packet.size());
}

TEST(Framing, TakesOnlyTheFirstOfSeveralPackets) {
  const Buffer two{0xC0, 0x00, 0xE0, 0x00};
  const auto frame = next_frame(two, kNoLimit);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->header, 0xC0);
  EXPECT_EQ((*frame)->size, 2u);
  EXPECT_TRUE((*frame)->body.empty());
}

TEST(Framing, ReadsLengthsAtTheEdgesOfEachSize) {
  for (const std::size_t payload : {std::size_t{0}, std::size_t{127 - 3}, std::size_t{128 - 3}, std::size_t{16'383 - 3},
                                    std::size_t{16'384 - 3}, std::size_t{2'097'151 - 3}, std::size_t{2'097'152 - 3}}) {
    const Buffer content(payload);
    const Buffer packet = testing::encoded(Publish{.topic = "t", .payload = content});
    const auto frame = next_frame(packet, kNoLimit);
    ASSERT_TRUE(frame && *frame) << payload;
    EXPECT_EQ((*frame)->size, packet.size());
    EXPECT_EQ((*frame)->body.size(), payload + 3);
  }
}

TEST(Framing, RefusesALengthOfFiveBytes) {
  EXPECT_EQ(next_frame(Buffer{0x30, 0xFF, 0xFF, 0xFF, 0xFF}, kNoLimit).error(), Fault::malformed);
  EXPECT_EQ(next_frame(Buffer{0x30, 0x80, 0x80, 0x80, 0x80, 0x00}, kNoLimit).error(), Fault::malformed);
}

TEST(Framing, RefusesALongPacketAsSoonAsItsLengthIsKnown) {
  EXPECT_EQ(next_frame(Buffer{0x30, 0xFF, 0xFF, 0xFF, 0x7F}, 1024).error(), Fault::too_large);
  EXPECT_EQ(next_frame(Buffer{0x30, 0x09}, 10).error(), Fault::too_large);
  EXPECT_FALSE(next_frame(Buffer{0x30, 0x08}, 10)->has_value());
}

}  // namespace
}  // namespace xl::mqtt
