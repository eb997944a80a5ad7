// SPDX-License-Identifier: Apache-2.0
// What connected devices may say to each other, and what AWS does differently from plain MQTT.
// source: AWS IoT Developer Guide, "MQTT"
#include <signal.h>

#include <thread>

#include "cloud/model/limits.hpp"
#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

class Messages : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud_.enroll(cloud_.staging, vendor_);
    cloud_.enroll(cloud_.other, vendor_);
  }
  /// A connected device of its own.
  std::unique_ptr<Client> device() { return device_of(cloud_.staging, vendor_.issue()); }
  std::unique_ptr<Client> device_of(const cloud::Account& account, const Identity& identity) {
    auto client = std::make_unique<Client>(cloud_, account, identity);
    EXPECT_EQ(client->connect(), 0);
    return client;
  }
  /// Is this said before the connection is cut for it?
  void expect_cut(const mqtt::Packet& packet) {
    const auto refused = cloud_.gateway().counters().sessions_open;
    const auto client = device();
    client->send(packet);
    EXPECT_TRUE(client->is_closed());
    EXPECT_TRUE(eventually([&] { return cloud_.gateway().counters().sessions_open == refused; }));
  }
  void expect_publish_cut(std::string_view topic, bool retain = false) {
    mqtt::Publish publish;
    publish.topic = topic;
    publish.retain = retain;
    expect_cut(publish);
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
};

TEST_F(Messages, GoFromDeviceToDevice) {
  const auto a = device(), b = device();
  EXPECT_EQ(b->subscribe("line/+"), 1);
  EXPECT_TRUE(a->publish_acknowledged("line/1", "first"));
  EXPECT_EQ(b->message(), "line/1 first");
  a->publish("line/2", std::string_view("\0\xff\x01", 3));
  EXPECT_EQ(b->message(), "line/2 " + std::string("\0\xff\x01", 3));
  a->send(mqtt::PingReq{});
  EXPECT_TRUE(a->await<mqtt::PingResp>());
}

TEST_F(Messages, GoFromDeviceToServiceAndBack) {
  const auto ear = cloud_.listen(cloud_.staging, "up/#");
  const auto a = device();
  EXPECT_EQ(a->subscribe("down"), 1);
  a->publish("up/x", "1");
  EXPECT_EQ(ear->hear("up/x").payload, "1");
  cloud_.say(cloud_.staging, {"down", "2", 1, false});
  EXPECT_EQ(a->message(), "down 2");
}

TEST_F(Messages, ComeOnceToEachOfTwoServicesWithOverlappingFilters) {
  const auto wide = cloud_.listen(cloud_.staging, "up/#"), narrow = cloud_.listen(cloud_.staging, "up/x");
  const auto a = device();
  a->publish("up/x", "1");
  a->publish("up/end", "");
  wide->hear("up/end");
  EXPECT_EQ(wide->heard().size(), 2u);
  EXPECT_EQ(narrow->heard().size(), 1u);
}

TEST_F(Messages, OfOneAccountNeverReachAnother) {
  const auto ours = device();
  const auto theirs = device_of(cloud_.other, vendor_.issue());
  const auto ear = cloud_.listen(cloud_.other, "#");
  for (const char* filter : {"#", "+/#", "u/#", "u/111111111111/#", "s/+/#", "$aws/#", "$SYS/#", "secret"})
    theirs->subscribe(filter);
  ours->publish("secret", "x");
  ours->publish("u/222222222222/secret", "x");
  ours->publish("222222222222/secret", "x", true);
  EXPECT_EQ(ours->messages_until_quiet(), "");
  EXPECT_EQ(theirs->messages_until_quiet().find("secret"), std::string::npos);
  for (const cloud::Message& message : ear->heard()) EXPECT_EQ(message.topic.find("secret"), std::string::npos);
}

TEST_F(Messages, TheSameClientIdInTwoAccountsIsTwoClients) {
  const auto a = std::make_unique<Client>(cloud_, cloud_.staging, vendor_.issue());
  const auto b = std::make_unique<Client>(cloud_, cloud_.other, vendor_.issue());
  EXPECT_EQ(a->connect({.client_id = "twin"}), 0);
  EXPECT_EQ(b->connect({.client_id = "twin"}), 0);
  EXPECT_EQ(a->subscribe("x"), 1);
  EXPECT_EQ(b->subscribe("x"), 1);
}

TEST_F(Messages, AWildcardAtTheEndDoesNotMatchTheParent) {
  const auto a = device(), b = device();
  EXPECT_EQ(b->subscribe("x/#"), 1);
  a->publish("x", "parent");
  a->publish("x/y", "child");
  a->publish("x/y/z", "grandchild");
  EXPECT_EQ(b->message(), "x/y child");
  EXPECT_EQ(b->message(), "x/y/z grandchild");
}

TEST_F(Messages, AWildcardAtTheStartSeesNoReservedTopic) {
  const auto a = device();
  EXPECT_EQ(a->subscribe("#"), 1);
  const auto b = device();  // its arrival is told on $aws/events
  b->publish("seen", "1");
  EXPECT_EQ(a->message(), "seen 1");
}

TEST_F(Messages, RetainedOnesAreGivenToExactFiltersOnly) {
  const auto a = device();
  a->publish("shelf/lamp", "on", true);
  EXPECT_TRUE(a->publish_acknowledged("after", "1"));
  const auto exact = device(), wild = device();
  EXPECT_EQ(exact->subscribe("shelf/lamp"), 1);
  EXPECT_EQ(exact->message(), "shelf/lamp on");
  EXPECT_EQ(wild->subscribe("shelf/+"), 1);
  EXPECT_EQ(wild->messages_until_quiet(), "");
  a->publish("shelf/lamp", "off");  // live: everybody
  EXPECT_EQ(wild->message(), "shelf/lamp off");
}

TEST_F(Messages, UnsubscribedTopicsFallSilent) {
  const auto a = device();
  EXPECT_EQ(a->subscribe("news"), 1);
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = 5;
  unsubscribe.count = 1;
  unsubscribe.filters[0] = "news";
  a->send(unsubscribe);
  const auto answer = a->await<mqtt::UnsubAck>();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->as<mqtt::UnsubAck>()->packet_id, 5);
  a->publish("news", "nobody hears this");
  EXPECT_EQ(a->messages_until_quiet(), "");
}

TEST_F(Messages, ThatAreReservedForTheServiceCutTheConnection) {
  for (const char* topic : {"any/expresslink_config", "$aws/events/presence/connected/x", "$SYS/x",
                            "$aws/things/x/shadow/update", "$aws/things/x/jobs/get", "$share/g/x", "$x"}) {
    expect_publish_cut(topic);
    expect_publish_cut(topic, true);
  }
}

TEST_F(Messages, OverTheLimitsCutTheConnection) {
  expect_publish_cut("1/2/3/4/5/6/7/8/9");
  expect_publish_cut(std::string(257, 'x'));
  const std::string payload(cloud::limits::kPayloadBytesMax + 1, 'x');
  mqtt::Publish large;
  large.topic = "x";
  large.payload = as_bytes(payload);
  expect_cut(large);
  mqtt::Publish twice;
  twice.topic = "x";
  twice.qos = 2;
  twice.packet_id = 1;
  expect_cut(twice);
  mqtt::Subscribe many;
  many.packet_id = 1;
  many.count = 9;
  for (std::size_t i = 0; i < many.count; ++i) many.filters[i] = {"x", 0};
  expect_cut(many);
  expect_cut(mqtt::Connect{.client_id = "again", .clean_session = true});
}

TEST_F(Messages, OfTheLargestSizeArrive) {
  const auto a = device();
  EXPECT_EQ(a->subscribe("big"), 1);
  const std::string payload(cloud::limits::kPayloadBytesMax, 'x');
  a->publish("big", payload);
  EXPECT_EQ(a->message(), "big " + payload);
}

TEST_F(Messages, ArriveByteByByte) {
  const auto a = device();
  EXPECT_EQ(a->subscribe("slow"), 1);
  const std::string packet("\x30\x07\x00\x04slow!", 9);
  for (const char byte : packet) a->send_bytes({&byte, 1});
  EXPECT_EQ(a->message(), "slow !");
}

TEST_F(Messages, AFullBookOfSubscriptionsRefusesTheNext) {
  const auto a = device();
  for (std::size_t i = 0; i < cloud::limits::kSubscriptionsPerConnectionMax; ++i)
    ASSERT_EQ(a->subscribe("t/" + std::to_string(i)), 1);
  EXPECT_EQ(a->subscribe("one/more"), 0x80);
  EXPECT_EQ(a->subscribe("t/1"), 1);  // is there already
}

TEST_F(Messages, AnAccountsOwnLimitsCount) {
  using cloud::limits::Limit;
  const auto set = [this](Limit limit, std::size_t value) {
    cloud_.write([&](cloud::Registry& r) { return r.accounts().set_limit(cloud_.staging.id, limit, value); });
  };
  set(Limit::subscriptions_per_connection, 1);
  set(Limit::payload_bytes, 3);
  const auto listener = device();
  EXPECT_EQ(listener->subscribe("t"), 1);
  EXPECT_EQ(listener->subscribe("one/more"), 0x80);
  const auto talker = device();
  mqtt::Publish publish;
  publish.topic = "t";
  publish.payload = as_bytes("abc");
  talker->send(publish);
  EXPECT_EQ(listener->message(), "t abc");
  publish.payload = as_bytes("abcd");
  talker->send(publish);
  EXPECT_TRUE(talker->is_closed());

  set(Limit::filters_per_subscribe, 1);
  mqtt::Subscribe two;
  two.packet_id = 7;
  for (const char* filter : {"a", "b"}) two.filters.at(two.count++).filter = filter;
  const auto eager = device();
  eager->send(two);
  EXPECT_TRUE(eager->is_closed());

  const auto other = device_of(cloud_.other, vendor_.issue());
  EXPECT_EQ(other->subscribe("t"), 1);
  EXPECT_EQ(other->subscribe("one/more"), 1) << "it is one account's";
  set(Limit::subscriptions_per_connection, 2);
  EXPECT_TRUE(eventually([&] { return listener->subscribe("one/more") == 1; })) << "while it is connected";
}

TEST_F(Messages, AnAccountsConnectionsShareItsSubscriptions) {
  const auto set = [this](std::size_t value) {
    cloud_.write([&](cloud::Registry& r) {
      return r.accounts().set_limit(cloud_.staging.id, cloud::limits::Limit::account_subscriptions, value);
    });
  };
  set(3);
  const auto a = device();
  auto b = device();
  EXPECT_EQ(a->subscribe("a/1"), 1);
  EXPECT_EQ(a->subscribe("a/2"), 1);
  EXPECT_EQ(b->subscribe("b/1"), 1);
  EXPECT_EQ(b->subscribe("b/2"), 0x80);
  EXPECT_EQ(b->subscribe("b/1"), 1) << "is there already";
  const auto other = device_of(cloud_.other, vendor_.issue());
  for (const char* filter : {"a/1", "a/2", "b/1", "b/2"}) EXPECT_EQ(other->subscribe(filter), 1) << filter;
  mqtt::Unsubscribe one;
  one.packet_id = 9;
  one.filters.at(one.count++) = "a/2";
  a->send(one);
  ASSERT_TRUE(a->await<mqtt::UnsubAck>());
  EXPECT_EQ(b->subscribe("b/2"), 1);
  EXPECT_EQ(a->subscribe("a/2"), 0x80);
  b.reset();
  EXPECT_TRUE(eventually([&] { return a->subscribe("a/2") == 1; })) << "who leaves makes room";
  EXPECT_EQ(a->subscribe("a/3"), 1);
  EXPECT_EQ(a->subscribe("a/4"), 0x80);
  set(0);
  EXPECT_TRUE(eventually([&] { return a->subscribe("a/4") == 1; })) << "while it is connected";
}

TEST_F(Messages, AWillIsSaidForTheDeadAndNotForTheDeparted) {
  const auto witness = device();
  EXPECT_EQ(witness->subscribe("will/+"), 1);
  const auto testator = [&](std::string_view topic) {
    auto client = std::make_unique<Client>(cloud_, cloud_.staging, vendor_.issue());
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.will = mqtt::Will{.topic = topic, .payload = as_bytes("gone")};
    EXPECT_EQ(client->connect(connect), 0);
    return client;
  };
  const auto departed = testator("will/departed");
  departed->send(mqtt::Disconnect{});
  EXPECT_TRUE(departed->is_closed());
  testator("will/dead")->vanish();
  EXPECT_EQ(witness->message(), "will/dead gone");
}

TEST_F(Messages, OfAPersistentSessionWaitForItsReturn) {
  const Identity identity = vendor_.issue();
  const mqtt::Connect persistent{.clean_session = false, .keep_alive_seconds = 60};
  {
    Client first(cloud_, cloud_.staging, identity);
    EXPECT_EQ(first.connect(persistent), 0);
    EXPECT_EQ(first.subscribe("mail"), 1);
    first.send(mqtt::Disconnect{});
    EXPECT_TRUE(first.is_closed());
  }
  EXPECT_TRUE(device()->publish_acknowledged("mail", "for you"));
  Client again(cloud_, cloud_.staging, identity);
  EXPECT_EQ(again.connect(persistent), 0);
  EXPECT_EQ(again.message(), "mail for you");
}

TEST_F(Messages, OnJobsTopicsAreAnsweredToTheRequesterAlone) {
  const Identity identity = vendor_.issue();
  const auto a = device_of(cloud_.staging, identity);
  const auto spy = device();
  EXPECT_EQ(spy->subscribe("$aws/things/" + identity.thing_name + "/jobs/#"), 1);
  a->publish("$aws/things/" + identity.thing_name + "/jobs/$next/get", R"({"clientToken":"t"})");
  const std::string answer = a->message();
  EXPECT_TRUE(answer.starts_with("$aws/things/" + identity.thing_name + "/jobs/$next/get/accepted ")) << answer;
  EXPECT_NE(answer.find("\"t\""), std::string::npos) << answer;
  EXPECT_EQ(spy->messages_until_quiet(), "");
}

/// Far more than the gateway keeps for anybody: it must hold the sender back, not cut it.
TEST_F(Messages, ComeAllWhenManyAreSaidAtOnce) {
  const auto a = device(), b = device();
  EXPECT_EQ(b->subscribe("flood"), 1);
  constexpr int count = 200;
  const std::string payload(120'000, 'x');
  std::thread sender([&] {
    for (int i = 0; i < count; ++i) a->publish("flood", payload);
  });
  int received = 0;
  while (received < count && b->message() == "flood " + payload) ++received;
  sender.join();
  EXPECT_EQ(received, count);
}

TEST_F(Messages, WaitForAReaderThatIsBusy) {
  const auto a = device(), b = device();
  EXPECT_EQ(b->subscribe("flood"), 1);
  constexpr int count = 90;  // the engine has at most 100 unacknowledged ones under way
  const std::string payload(100'000, 'x');
  for (int i = 0; i < count; ++i) ASSERT_TRUE(a->publish_acknowledged("flood", payload));
  int received = 0;
  while (received < count && b->message() == "flood " + payload) ++received;
  EXPECT_EQ(received, count);
}

TEST_F(Messages, WaitForAnEngineThatIsBusy) {
  const auto a = device();
  ASSERT_EQ(::kill(cloud_.engine().process_id(), SIGSTOP), 0);
  const std::string payload(120'000, 'x');
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i) a->publish("flood", payload);
  });
  EXPECT_TRUE(eventually([this] { return cloud_.gateway().counters().messages_in > 4; }));
  ASSERT_EQ(::kill(cloud_.engine().process_id(), SIGCONT), 0);
  sender.join();
  a->send(mqtt::PingReq{});
  EXPECT_TRUE(a->await<mqtt::PingResp>());
}

}  // namespace
}  // namespace xl::gateway::testing
