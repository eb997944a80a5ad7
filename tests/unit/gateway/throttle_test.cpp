// SPDX-License-Identifier: Apache-2.0
#include "gateway/throttle.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

#include "gateway/account_meter.hpp"
#include "gateway/door.hpp"

namespace xl::gateway {
namespace {

using std::chrono::seconds;

TEST(AThrottle, AllowsABurstAndThenItsRate) {
  Throttle throttle(Rate{.burst = 3, .per_second = 2});
  const auto start = Throttle::Clock::now();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(throttle.take("a", start));
  EXPECT_FALSE(throttle.take("a", start));
  EXPECT_TRUE(throttle.take("b", start)) << "another key has its own";
  EXPECT_TRUE(throttle.take("a", start + seconds(1)));
  EXPECT_TRUE(throttle.take("a", start + seconds(1)));
  EXPECT_FALSE(throttle.take("a", start + seconds(1)));
}

TEST(AThrottle, SavesNoMoreThanTheBurst) {
  Throttle throttle(Rate{.burst = 2, .per_second = 1});
  const auto start = Throttle::Clock::now();
  EXPECT_TRUE(throttle.take("a", start));
  const auto later = start + std::chrono::hours(1);
  EXPECT_TRUE(throttle.take("a", later));
  EXPECT_TRUE(throttle.take("a", later));
  EXPECT_FALSE(throttle.take("a", later));
}

TEST(AThrottle, TakesBackWhatWasNotSpent) {
  Throttle throttle(Rate{.burst = 1, .per_second = 0});
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(throttle.take("a"));
    throttle.give_back("a");
  }
  throttle.give_back("a");
  EXPECT_TRUE(throttle.take("a"));
  EXPECT_FALSE(throttle.take("a"));
}

TEST(AThrottle, RemembersABoundedNumberOfKeys) {
  Throttle throttle(Rate{.burst = 2, .per_second = 1});
  for (std::size_t i = 0; i < Throttle::kKeysMax + 1000; ++i) throttle.take(std::to_string(i));
  EXPECT_LE(throttle.size(), Throttle::kKeysMax);
}

class TheDoor : public ::testing::Test {
 protected:
  bool is_open_for(const std::string& address) {
    return !door.turned_away(boost::asio::ip::make_address(address), 0, 0);
  }
  Door door{10, {.burst = 2, .per_second = 0}, {.burst = 30, .per_second = 1}};
};

TEST_F(TheDoor, ClosesForAnAddressThatOnlyTries) {
  EXPECT_TRUE(is_open_for("192.0.2.1"));
  EXPECT_TRUE(is_open_for("192.0.2.1"));
  EXPECT_FALSE(is_open_for("192.0.2.1"));
  EXPECT_TRUE(is_open_for("192.0.2.2"));
}

TEST_F(TheDoor, StaysOpenForAFactoryBehindOneAddress) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(is_open_for("192.0.2.1"));
    door.refund("192.0.2.1");
  }
}

TEST_F(TheDoor, TakesAnIpv6NetworkForOneAddress) {
  EXPECT_TRUE(is_open_for("2001:db8::1"));
  EXPECT_TRUE(is_open_for("2001:db8::2"));
  EXPECT_FALSE(is_open_for("2001:db8::3"));
  EXPECT_TRUE(is_open_for("2001:db8:0:1::1"));
  door.refund("2001:db8::9");
  EXPECT_TRUE(is_open_for("2001:db8::3"));
}

TEST_F(TheDoor, TakesAMappedAddressForTheIpv4AddressThatItIs) {
  EXPECT_TRUE(is_open_for("192.0.2.1"));
  EXPECT_TRUE(is_open_for("::ffff:192.0.2.1"));
  EXPECT_FALSE(is_open_for("192.0.2.1"));
}

TEST_F(TheDoor, SaysWhyThereIsNoRoom) {
  const auto address = boost::asio::ip::make_address("192.0.2.1");
  EXPECT_NE(door.turned_away(address, 10, 0).value().find("descriptors"), std::string::npos);
  EXPECT_NE(door.turned_away(address, 0, Door::kHandshakesWaitingMax).value().find("handshakes"), std::string::npos);
  EXPECT_TRUE(is_open_for("192.0.2.1")) << "nobody pays for our lack of room";
}

/// A soft limit of descriptors that ends with the test.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t soft) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{std::min(soft, before_.rlim_max), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(Descriptors, AreEnoughForAllSessionsAndAllOfHttpAtOnce) {
  for (const rlim_t limit : {512U, 1024U, 4096U}) {
    const DescriptorLimit scope(limit);
    const std::size_t modules = 2 * sessions_that_fit(true), web = 2 * http_connections_that_fit();
    EXPECT_LE(modules + web + 200, limit) << "the registry, the engine and files need some too";
    EXPECT_GE(modules + web + 200 + 2, limit) << "none is left over";
    EXPECT_LE(2 * sessions_that_fit(false) + 200, limit) << "a worker has no HTTP";
    EXPECT_GT(sessions_that_fit(false), sessions_that_fit(true));
  }
  const DescriptorLimit few(64);
  EXPECT_GE(sessions_that_fit(true), 1U);
  EXPECT_GE(http_connections_that_fit(), 1U);
}

TEST_F(TheDoor, LetsACertificateConnectABurstAndThenOnceASecond) {
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(door.may_connect("c"));
  EXPECT_FALSE(door.may_connect("c"));
  EXPECT_TRUE(door.may_connect("d"));
}

using cloud::limits::AccountLimits;
using cloud::limits::Limit;

AccountLimits limited(std::initializer_list<std::pair<Limit, std::size_t>> settings) {
  AccountLimits out;
  for (const auto& [limit, value] : settings) out.set(limit, value);
  return out;
}

TEST(AnAccountMeter, CountsEachAccountForItselfByItsOwnLimits) {
  AccountMeter meter(1);
  const auto few = limited({{Limit::account_connects_per_second, 2},
                            {Limit::account_subscribes_per_second, 1},
                            {Limit::account_publishes_per_second, 1}});
  EXPECT_TRUE(meter.may_connect("a", few) && meter.may_connect("a", few));
  EXPECT_FALSE(meter.may_connect("a", few));
  EXPECT_TRUE(meter.may_connect("b", few));
  EXPECT_TRUE(meter.may_subscribe("a", few));
  EXPECT_FALSE(meter.may_subscribe("a", few));
  EXPECT_EQ(meter.publish("a", few).count(), 0);
  EXPECT_GT(meter.publish("a", few).count(), 0);
  EXPECT_EQ(meter.publish("b", few).count(), 0);
  EXPECT_TRUE(meter.may_connect("a", {}) && meter.may_subscribe("a", {})) << "lifted";
  EXPECT_EQ(meter.publish("a", {}).count(), 0);
}

TEST(AnAccountMeter, CountsSubscriptionsAsConnectionsHaveThem) {
  AccountMeter meter(1);
  const auto two = limited({{Limit::account_subscriptions, 2}});
  EXPECT_TRUE(meter.has_room_for_subscription("a", two));
  meter.count_subscriptions("a", 0, 2);
  EXPECT_FALSE(meter.has_room_for_subscription("a", two));
  EXPECT_TRUE(meter.has_room_for_subscription("a", {}));
  EXPECT_TRUE(meter.has_room_for_subscription("b", two));
  meter.count_subscriptions("a", 2, 1);
  EXPECT_TRUE(meter.has_room_for_subscription("a", two));
  meter.count_subscriptions("a", 1, 0);
  meter.count_subscriptions("a", 0, 5);  // restored: more than there may be
  EXPECT_FALSE(meter.has_room_for_subscription("a", two));
}

TEST(AnAccountMeter, OfSeveralProcessesAllowsItsPart) {
  AccountMeter meter(2);
  const auto four = limited({{Limit::account_connects_per_second, 4}, {Limit::account_subscriptions, 3}});
  EXPECT_TRUE(meter.may_connect("a", four) && meter.may_connect("a", four));
  EXPECT_FALSE(meter.may_connect("a", four));
  meter.count_subscriptions("a", 0, 1);
  EXPECT_TRUE(meter.has_room_for_subscription("a", four));
  meter.count_subscriptions("a", 1, 2);
  EXPECT_FALSE(meter.has_room_for_subscription("a", four));
  const auto one = limited({{Limit::account_connects_per_second, 1}});
  EXPECT_TRUE(meter.may_connect("b", one)) << "half a connect would be none";
  EXPECT_FALSE(meter.may_connect("b", one));
}

TEST(AnAccountMeter, IsOffUnlessAskedFor) {
  AccountMeter meter(1);
  for (int i = 0; i < 100'000; ++i) ASSERT_TRUE(meter.may_connect("a", {}) && meter.may_subscribe("a", {}));
  EXPECT_EQ(meter.publish("a", {}).count(), 0);
}

}  // namespace
}  // namespace xl::gateway
