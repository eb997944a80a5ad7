// SPDX-License-Identifier: Apache-2.0
// A device that sends faster than it may is read later: nothing is lost, and nobody else waits.
#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

class Pace : public ::testing::Test {
 protected:
  void SetUp() override { cloud.enroll(cloud.staging, vendor); }
  std::unique_ptr<Client> device() {
    auto client = std::make_unique<Client>(cloud, cloud.staging,
                                           *devices.emplace_back(std::make_unique<Identity>(vendor.issue())));
    EXPECT_EQ(client->connect(), 0);
    return client;
  }
  static constexpr std::size_t kPerSecond = 50;
  static constexpr std::size_t kBurst = kPerSecond;  // a second's worth
  Cloud cloud{false, {}, kPerSecond};
  const Vendor vendor = Vendor::create("Acme");
  std::vector<std::unique_ptr<Identity>> devices;
};

TEST_F(Pace, EverythingArrivesInOrderButNotAtOnce) {
  const auto listener = device(), talker = device();
  ASSERT_EQ(listener->subscribe("t"), 1);
  const std::size_t count = kBurst + 2 * kPerSecond;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) talker->publish("t", std::to_string(i));
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(listener->message(), "t " + std::to_string(i));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500))
      << "two seconds beyond the burst";
}

TEST_F(Pace, AnAccountsOwnRateStandsOverTheServers) {
  constexpr std::size_t kOwn = kPerSecond / 2;
  cloud.write([&](cloud::Registry& registry) {
    return registry.accounts().set_limit(cloud.staging.id, cloud::limits::Limit::publishes_per_second, kOwn);
  });
  const auto talker = device();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kBurst; ++i) ASSERT_TRUE(talker->publish_acknowledged("t", "x"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500)) << "a second beyond its burst";
}

TEST_F(Pace, AnAccountsDevicesShareItsRate) {
  constexpr std::size_t kOwn = kPerSecond / 2;
  cloud.write([&](cloud::Registry& registry) {
    return registry.accounts().set_limit(cloud.staging.id, cloud::limits::Limit::account_publishes_per_second, kOwn);
  });
  const auto one = device(), another = device();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kOwn; ++i) {
    ASSERT_TRUE(one->publish_acknowledged("t", "x"));
    ASSERT_TRUE(another->publish_acknowledged("t", "x"));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500)) << "a second beyond their burst";
}

TEST_F(Pace, BytesCountAsWell) {
  const auto talker = device();
  const std::string big(20'000, 'x');  // 0.4 s at 50,000 bytes a second
  ASSERT_TRUE(talker->publish_acknowledged("t", big));
  ASSERT_TRUE(talker->publish_acknowledged("t", big));
  ASSERT_TRUE(talker->publish_acknowledged("t", big));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(talker->publish_acknowledged("t", big));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(100));
}

TEST_F(Pace, RequestsCountLikeMessages) {
  const auto asker = device();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 2 * kBurst; ++i) ASSERT_EQ(asker->subscribe("t"), 1);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500)) << "a second beyond the burst";
}

TEST_F(Pace, PingsCountLikeMessages) {
  const auto restless = device();
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < 2 * kBurst; ++i) restless->send(mqtt::PingReq{});
  for (std::size_t i = 0; i < 2 * kBurst; ++i) ASSERT_TRUE(restless->await<mqtt::PingResp>());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(500)) << "a second beyond the burst";
}

TEST_F(Pace, OneFastDeviceSlowsNobodyElseDown) {
  const auto fast = device(), calm = device();
  for (std::size_t i = 0; i < 20 * kPerSecond; ++i) fast->publish("t", "x");
  ASSERT_EQ(calm->subscribe("calm"), 1);
  calm->publish("calm", "now");
  EXPECT_EQ(calm->message(), "calm now");
  EXPECT_EQ(cloud.gateway().counters().sessions_open, 2U);
}

TEST_F(Pace, ADeviceThatLeavesWhileItWaitsIsGone) {
  {
    const auto fast = device();
    for (std::size_t i = 0; i < 4 * kPerSecond; ++i) fast->publish("t", "x");
    fast->vanish();
  }
  EXPECT_TRUE(eventually([this] { return cloud.gateway().counters().sessions_open == 0; }));
}

}  // namespace
}  // namespace xl::gateway::testing
