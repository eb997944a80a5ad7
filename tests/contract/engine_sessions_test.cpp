// SPDX-License-Identifier: Apache-2.0
// Client ids, sessions that last, and wills of many accounts in one engine.
#include "contract/engine_suite.hpp"

namespace xl::contract {
namespace {

using Messages = std::vector<std::string>;

TEST_P(EngineContract, AClientIdIsTakenOverInItsAccountAlone) {
  const auto first = connected(kOurs, "twin"), theirs = connected(kTheirs, "twin");
  const auto second = connected(kOurs, "twin");
  EXPECT_TRUE(first->is_closed());
  for (const auto* living : {&second, &theirs}) {
    ASSERT_EQ((*living)->subscribe("x"), 1);
    ASSERT_TRUE((*living)->publish("x", "alive"));
    EXPECT_EQ((*living)->heard(), Messages{"x alive"});
  }
}

TEST_P(EngineContract, ALastingSessionKeepsFiltersAndMailForItsOwnerAlone) {
  const auto away = lasting(kOurs, "me", false);
  ASSERT_EQ(away->subscribe("mail/#"), 1);
  ASSERT_EQ(away->subscribe("$aws/mail"), 1);
  away->leave();
  const auto speaker = connected(kOurs, "speaker"), stranger = connected(kTheirs, "speaker");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(speaker->publish("mail/" + std::to_string(i), "ours"));
  ASSERT_TRUE(speaker->publish("$aws/mail", "ours"));
  ASSERT_TRUE(stranger->publish("mail/x", "theirs"));
  const auto impostor = lasting(kTheirs, "me", false);
  EXPECT_EQ(impostor->heard(), Messages{});
  const auto back = lasting(kOurs, "me", true);
  EXPECT_EQ(back->heard(), (Messages{"$aws/mail ours", "mail/0 ours", "mail/1 ours", "mail/2 ours"}));
  ASSERT_TRUE(speaker->publish("mail/later", "ours"));
  EXPECT_EQ(back->heard(), Messages{"mail/later ours"}) << "the filters have lasted";
}

TEST_P(EngineContract, ACleanConnectForgetsTheSession) {
  const auto away = lasting(kOurs, "me", false);
  ASSERT_EQ(away->subscribe("mail"), 1);
  away->leave();
  connected(kOurs, "me")->leave();
  ASSERT_TRUE(connected(kOurs, "speaker")->publish("mail", "x"));
  EXPECT_EQ(lasting(kOurs, "me", false)->heard(), Messages{});
}

TEST_P(EngineContract, ALastingSessionSurvivesATakeover) {
  const auto first = lasting(kOurs, "me", false);
  ASSERT_EQ(first->subscribe("mail"), 1);
  const auto second = lasting(kOurs, "me", true);
  EXPECT_TRUE(first->is_closed());
  ASSERT_TRUE(connected(kOurs, "speaker")->publish("mail", "x"));
  EXPECT_EQ(second->heard(), Messages{"mail x"});
}

TEST_P(EngineContract, AWillIsSaidForTheDeadAndNotForTheDepartedInItsAccountAlone) {
  const auto ours = connected(kOurs, "ours"), theirs = connected(kTheirs, "theirs");
  for (const auto* ear : {&ours, &theirs}) ASSERT_EQ((*ear)->subscribe("#"), 1);
  const auto testator = [this](std::string_view topic, bool retain) {
    auto client = client_of(kOurs);
    mqtt::Connect connect{.client_id = topic.substr(topic.find('/') + 1)};
    connect.will =
        mqtt::Will{.topic = topic, .payload = as_bytes(std::string_view("gone")), .qos = 1, .retain = retain};
    EXPECT_EQ(client->connect(connect), false);
    return client;
  };
  testator("will/departed", false)->leave();
  testator("will/dead", false)->vanish();
  testator("will/kept", true)->vanish();
  const auto taken = testator("will/taken", false);
  const auto taker = connected(kOurs, "taken");
  EXPECT_TRUE(taken->is_closed());
  EXPECT_EQ(ours->heard_in_time(3), (Messages{"will/dead gone", "will/kept gone", "will/taken gone"}));
  EXPECT_EQ(theirs->heard(), Messages{});
  const auto late = connected(kOurs, "late");
  ASSERT_EQ(late->subscribe("will/kept"), 1);
  EXPECT_EQ(late->heard(), Messages{"retained will/kept gone"});
}

}  // namespace
}  // namespace xl::contract
