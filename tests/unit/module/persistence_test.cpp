// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "platform/sim/bench.hpp"

namespace xl::platform::sim {
namespace {

const std::string kUpdateTopic = std::string(kThingName) + "/expresslink_config";

TEST(ConfCommand, KeepsTheOldValueWhenStorageRefuses) {
  Bench bench;
  bench.command("AT+CONF CustomName=old");
  bench.storage.is_broken = true;
  EXPECT_EQ(bench.command("AT+CONF CustomName=new"), "ERR4 PARAMETER ERROR");
  EXPECT_EQ(bench.command("AT+CONF? CustomName"), "OK old");
}

TEST(ConfCommand, WritesNoVolatileKeyToStorage) {
  Bench bench;
  bench.command("AT+CONF Topic1=t");
  bench.command("AT+CONF QoS=1");
  EXPECT_TRUE(bench.storage.values.empty());
}

TEST(FactoryReset, IsRefusedWhenStorageRefuses) {
  Bench bench;
  bench.command("AT+CONF CustomName=old");
  bench.storage.is_broken = true;
  EXPECT_EQ(bench.command("AT+FACTORY_RESET"), "ERR25 NOT ALLOWED");
}

TEST(EndpointUpdate, IsStoredBeforeItIsAcknowledged) {
  Bench bench;
  bench.connect();
  std::size_t stored_at_acknowledgement = 0;
  const auto forward = bench.transport.on_sent;
  bench.transport.on_sent = [&](const std::string& bytes) {
    if ((static_cast<unsigned char>(bytes[0]) >> 4) == 4)
      stored_at_acknowledgement = bench.storage.values.count("Endpoint");
    forward(bytes);
  };
  bench.broker.publish(kUpdateTopic, R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  EXPECT_EQ(bench.broker.acknowledged.size(), 1U);
  EXPECT_EQ(stored_at_acknowledgement, 1U);
  EXPECT_EQ(bench.storage.values["Endpoint"], "customer.example");
}

TEST(EndpointUpdate, IsNotAcknowledgedWhenStorageRefuses) {
  Bench bench;
  bench.connect();
  bench.storage.is_broken = true;
  bench.broker.publish(kUpdateTopic, R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  EXPECT_TRUE(bench.broker.acknowledged.empty());
  EXPECT_EQ(bench.next_event(), "OK 3 0 CONLOST");
  EXPECT_EQ(bench.next_event(), "OK");
  EXPECT_EQ(bench.command("AT+CONNECT?"), "OK 0 0 DISCONNECTED STAGING");
}

TEST(EndpointUpdate, WorksWhenTheMessageOvertakesTheSuback) {
  Bench bench;
  bench.drain_events();
  bench.broker.manners.withholds_subacks = true;
  bench.command("AT+CONNECT!");
  bench.broker.publish(kUpdateTopic, R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  EXPECT_EQ(bench.next_event(), "OK 6 0 CONNECT");
  EXPECT_EQ(bench.next_event(), "OK 1 0 MSG");
  EXPECT_EQ(bench.next_event(), "OK 3 0 CONLOST");
}

TEST(EndpointUpdate, MovesTheModuleEvenWhenTheMessageQueueIsFull) {
  Bench bench;
  bench.connect();
  for (int i = 0; i < 64; ++i) bench.broker.publish("t", "x");
  bench.settle();
  bench.drain_events();
  bench.broker.publish(kUpdateTopic, R"({"Endpoint":"customer.example"})", 1);
  bench.settle();
  EXPECT_EQ(bench.next_event(), "OK 4 0 OVERRUN " + kUpdateTopic);
  EXPECT_EQ(bench.next_event(), "OK 3 0 CONLOST");
  EXPECT_EQ(bench.command("AT+CONNECT?"), "OK 0 1 DISCONNECTED CUSTOMER");
}

}  // namespace
}  // namespace xl::platform::sim
