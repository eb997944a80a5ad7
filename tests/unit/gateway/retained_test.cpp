// SPDX-License-Identifier: Apache-2.0
// Which messages are retained, and on which topics.
#include "gateway/retained_messages.hpp"

#include "cloud/model/limits.hpp"
#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

class Retained : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud_.enroll(cloud_.staging, vendor_);
    cloud_.enroll(cloud_.other, vendor_);
    messages_ = retained_messages_of(cloud_.engine().socket_path());
  }
  std::unique_ptr<Client> device(const cloud::Account& account) {
    auto client = std::make_unique<Client>(cloud_, account, vendor_.issue());
    EXPECT_EQ(client->connect(), 0);
    return client;
  }
  bool is_noted(const cloud::Account& account, const std::string& topic) {
    return cloud_.view().retained_topics().find(account.id, topic).has_value();
  }
  std::vector<cloud::Message> on(const cloud::Account& account, const std::vector<std::string>& topics) {
    auto found = messages_->on(account.id, topics);
    EXPECT_TRUE(found) << found.error().detail;
    return found.value_or(std::vector<cloud::Message>());
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  std::shared_ptr<const cloud::RetainedMessages> messages_;
};

TEST_F(Retained, AMessageIsNotedAndFoundUntilAnEmptyOneTakesItAway) {
  const auto a = device(cloud_.staging);
  a->publish("line/1", "first", true);
  a->publish("line/2", "passing");
  ASSERT_TRUE(eventually([&] { return is_noted(cloud_.staging, "line/1"); }));
  const auto found = on(cloud_.staging, {"line/1", "line/2"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found.front().topic, "line/1");
  EXPECT_EQ(found.front().payload, "first");
  EXPECT_FALSE(is_noted(cloud_.staging, "line/2"));
  EXPECT_TRUE(on(cloud_.other, {"line/1"}).empty()) << "another account's";

  a->publish("line/1", "", true);
  EXPECT_TRUE(eventually([&] { return !is_noted(cloud_.staging, "line/1"); }));
  EXPECT_TRUE(on(cloud_.staging, {"line/1"}).empty());
}

TEST_F(Retained, QosIsTheMessagesOwnAndManyOfTheLongestAreAllFound) {
  const std::string longest(cloud::limits::kPayloadBytesMax, 'x');
  std::vector<std::string> topics;
  for (int i = 0; i < 60; ++i) {
    topics.push_back("line/" + std::to_string(i));
    cloud_.say(cloud_.staging, {topics.back(), longest, i % 2, true});
    ASSERT_TRUE(eventually([&] { return on(cloud_.staging, {topics.back()}).size() == 1; })) << topics.back();
  }
  const auto found = on(cloud_.staging, topics);
  EXPECT_EQ(found.size(), topics.size());
  for (const auto& message : found) {
    EXPECT_EQ(message.qos, std::stoi(message.topic.substr(5)) % 2);
    EXPECT_EQ(message.payload.size(), longest.size());
  }
}

TEST_F(Retained, AWillIsNotedBeforeItIsPublished) {
  Client client(cloud_, cloud_.staging, vendor_.issue());
  mqtt::Connect connect{.client_id = {}, .clean_session = true, .keep_alive_seconds = 60};
  connect.will = mqtt::Will{"gone", as_bytes("without a word"), 1, true};
  ASSERT_EQ(client.connect(connect), 0);
  EXPECT_TRUE(eventually([&] { return is_noted(cloud_.staging, "gone"); }));
  EXPECT_TRUE(on(cloud_.staging, {"gone"}).empty());
  client.vanish();
  EXPECT_TRUE(eventually([&] { return on(cloud_.staging, {"gone"}).size() == 1; }));
}

TEST_F(Retained, OneMoreThanTheAccountMayHaveIsDeliveredAndNotKept) {
  const auto set = [this](std::size_t value) {
    cloud_.write([&](cloud::Registry& registry) {
      return registry.accounts().set_limit(cloud_.staging.id, cloud::limits::Limit::account_retained_messages, value);
    });
  };
  set(2);
  const auto ear = cloud_.listen(cloud_.staging, "line/#");
  const auto a = device(cloud_.staging);
  for (const char* topic : {"line/1", "line/2", "line/3"}) a->publish(topic, "first", true);
  EXPECT_EQ(ear->hear("line/3").payload, "first");
  a->publish("line/1", "second", true);  // in the place of what is there
  EXPECT_TRUE(eventually([&] { return on(cloud_.staging, {"line/1"}).front().payload == "second"; }));
  EXPECT_TRUE(on(cloud_.staging, {"line/3"}).empty());
  EXPECT_TRUE(eventually([&] { return cloud_.view().retained_topics().count(cloud_.staging.id) == 2u; }));
  EXPECT_FALSE(is_noted(cloud_.staging, "line/3"));

  const auto other = device(cloud_.other);
  for (const char* topic : {"line/1", "line/2", "line/3"}) other->publish(topic, "theirs", true);
  EXPECT_TRUE(eventually([&] { return on(cloud_.other, {"line/3"}).size() == 1; })) << "it is one account's";

  a->publish("line/2", "", true);
  a->publish("line/3", "at last", true);  // the place is free before the registry has heard of it
  EXPECT_TRUE(eventually([&] { return on(cloud_.staging, {"line/3"}).size() == 1; }));
  Client dying(cloud_, cloud_.staging, vendor_.issue());
  mqtt::Connect connect{.client_id = {}, .clean_session = true, .keep_alive_seconds = 60};
  connect.will = mqtt::Will{"line/gone", as_bytes("gone"), 1, true};
  ASSERT_EQ(dying.connect(connect), 0);
  dying.vanish();
  EXPECT_EQ(ear->hear("line/gone").payload, "gone");
  EXPECT_TRUE(on(cloud_.staging, {"line/gone"}).empty());
  EXPECT_FALSE(is_noted(cloud_.staging, "line/gone"));

  set(3);
  const auto later = device(cloud_.staging);
  later->publish("line/4", "room again", true);
  EXPECT_TRUE(eventually([&] { return on(cloud_.staging, {"line/4"}).size() == 1; }));
}

TEST_F(Retained, WhatIsNoTopicIsNotAsked) {
  for (const char* topic : {"#", "line/+", "", "$aws/things/x", "a\nb"})
    EXPECT_EQ(messages_->on(cloud_.staging.id, {topic}).error().code, Errc::invalid_argument) << topic;
  EXPECT_TRUE(on(cloud_.staging, {}).empty());
}

TEST_F(Retained, AnAbsentEngineIsSaidToBe) {
  const auto absent = retained_messages_of(cloud_.folder() / "absent");
  EXPECT_EQ(absent->on(cloud_.staging.id, {"a"}).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace xl::gateway::testing
