// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "platform/linux/crc32.hpp"
#include "platform/linux/host_clock.hpp"
#include "platform/linux/host_network.hpp"
#include "platform/linux/host_random.hpp"

namespace xl::platform {
namespace {

TEST(HostClock, NeverGoesBackAndKnowsTheDate) {
  const HostClock clock;
  const auto before = clock.monotonic();
  EXPECT_GE(clock.monotonic(), before);
  ASSERT_TRUE(clock.wall());
  EXPECT_GT(*clock.wall(), std::chrono::hours(24 * 365 * 54));  // this machine's clock is set
}

TEST(HostRandom, DoesNotRepeatItself) {
  HostRandom random;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.next());
  EXPECT_GT(seen.size(), 95u);
}

TEST(HostNetwork, IsUpOnceJoined) {
  HostNetwork network;
  EXPECT_EQ(network.state(), module::ports::NetworkLink::State::down);
  network.join("", "");
  EXPECT_EQ(network.state(), module::ports::NetworkLink::State::up);
  network.leave();
  EXPECT_EQ(network.state(), module::ports::NetworkLink::State::down);
}

TEST(Crc32, HasTheStandardCheckValue) {
  static_assert(crc32({}) == 0);
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32(as_bytes("56789"), crc32(as_bytes("1234"))), 0xCBF43926u);
}

}  // namespace
}  // namespace xl::platform
