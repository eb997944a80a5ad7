// SPDX-License-Identifier: Apache-2.0
// Two accounts, and two things of one account: whatever form a name has, nobody reads, writes or provokes what is
// another's (docs/security.md "Topics of tenants").
#include <algorithm>

#include "unit/gateway/hostile.hpp"

namespace xl::gateway::testing {
namespace {

constexpr int kNotAuthorized = 5;
constexpr int kRefused = 0x80;
const std::string kOurs = "111111111111";
const std::string kTheirs = "222222222222";
const std::string kSecret = "the other account's secret";

/// Prefixes and suffixes that might undo the map, around what the other account uses.
std::vector<std::string> names_of_every_form(const std::vector<std::string>& ends) {
  std::vector<std::string> out;
  for (const std::string& account : {kOurs, kTheirs}) {
    for (const std::string& start :
         {std::string(), std::string("/"), std::string("//"), std::string("../"), std::string("../../"),
          std::string("./"), "u/" + account + "/", "/u/" + account + "/", "../u/" + account + "/", "s/" + account + "/",
          "../../s/" + account + "/", account + "/", "../" + account + "/", "%2e%2e/u/" + account + "/",
          "u//" + account + "/", "U/" + account + "/"}) {
      for (const std::string& end : ends) out.push_back(start + end);
    }
  }
  return out;
}

/// No SUBSCRIBE for longer than a connection may hold filters.
constexpr std::size_t kFiltersPerSession = 48;

class Tenants : public Hostile {
 protected:
  void SetUp() override {
    Hostile::SetUp();
    victim_ = device_of(cloud_.other, vendor_.issue());
    ASSERT_EQ(victim_->subscribe("#"), 1);
    ASSERT_EQ(victim_->subscribe("$aws/events/#"), 1);
  }
  /// Everything the other account may say, live and kept.
  void victim_speaks() {
    for (const char* topic : {"secret", "a/secret", "u/secret", "/secret", "secret/"}) {
      victim_->publish(topic, kSecret, true);
      cloud_.say(cloud_.other, {topic, kSecret, 1, false});
    }
    EXPECT_TRUE(victim_->publish_acknowledged("secret/end", kSecret));
  }
  std::unique_ptr<Client> shaken(const cloud::Account& account, const Identity& identity) {
    return std::make_unique<Client>(cloud_, account, identity);
  }
  /// A vendor of our account whose things may do only what is theirs, as a factory's policy says.
  Vendor enroll_strict() {
    const std::string arn = "\"arn:aws:iot:us-east-1:" + kOurs + ":";
    const std::string thing = "${iot:Connection.Thing.ThingName}";
    Vendor strict = Vendor::create("Strict");
    cloud_.enroll(cloud_.staging, strict,
                  R"({"Effect":"Allow","Action":"iot:Connect","Resource":)" + arn + "client/" + thing + R"("},
{"Effect":"Allow","Action":["iot:Publish","iot:RetainPublish","iot:Receive"],"Resource":[)" +
                      arn + "topic/" + thing + "/*\"," + arn + "topic/$aws/things/" + thing + R"(/*"]},
{"Effect":"Allow","Action":"iot:Subscribe","Resource":[)" +
                      arn + "topicfilter/" + thing + "/*\"," + arn + "topicfilter/$aws/things/" + thing + "/*\"]}");
    return strict;
  }
  std::unique_ptr<Client> victim_;
};

TEST_F(Tenants, NoFilterOfAnyFormHearsAnotherAccount) {
  std::vector<std::string> filters = names_of_every_form({"secret", "#", "+", "+/#", "+/+/#", "$aws/events/#"});
  for (const std::string& group : {std::string("g"), kTheirs + ".g", kTheirs, std::string("..")}) {
    for (const std::string& inner :
         {std::string("#"), std::string("secret"), "u/" + kTheirs + "/#", "../" + kTheirs + "/#", "+/" + kTheirs + "/#",
          std::string("+/+/secret"), "/u/" + kTheirs + "/secret", "s/" + kTheirs + "/#"})
      filters.push_back("$share/" + group + "/" + inner);
  }
  for (const char* filter : {"$SYS/#", "$SYS/broker/clients/total", "$SYS/broker/+/+", "$aws/#", "$aws/events/#",
                             "$aws/events/presence/connected/+", "$queue/#", "$/#", "$u/222222222222/#", "+/secret",
                             "+/+/secret", "+/222222222222/+", "+/222222222222/#", "/+/222222222222/#"})
    filters.push_back(filter);
  std::vector<std::unique_ptr<Client>> spies;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (i % kFiltersPerSession == 0) spies.push_back(device());
    EXPECT_NE(spies.back()->subscribe(filters[i]), -1) << filters[i];
  }
  victim_speaks();
  const Identity newcomer = vendor_.issue();  // whose arrival is told on the other account's $aws/events
  device_of(cloud_.other, newcomer);
  EXPECT_NE(victim_->messages_until_quiet().find("presence/connected/" + newcomer.thing_name), std::string::npos);
  for (const auto& spy : spies) {
    const std::string heard = spy->messages_until_quiet();
    for (const std::string& theirs : {kSecret, newcomer.thing_name, std::string("$SYS")})
      EXPECT_EQ(heard.find(theirs), std::string::npos) << heard;
  }
}

TEST_F(Tenants, NoTopicOfAnyFormReachesAnotherAccount) {
  std::vector<std::string> topics =
      names_of_every_form({"attack", "attack/x", "$aws/events/presence/connected/attack"});
  for (const char* topic : {"$SYS/attack", "$share/g/attack", "$share/222222222222.g/u/222222222222/attack", "$attack",
                            "$aws/attack", "$aws/events/presence/connected/attack"})
    topics.emplace_back(topic);
  const Identity identity = vendor_.issue();
  auto attacker = device_of(cloud_.staging, identity);
  for (const std::string& topic : topics) {
    for (const bool retain : {false, true}) {
      attacker->publish(topic, "attack", retain);
      attacker->send(mqtt::PingReq{});
      if (!attacker->await<mqtt::PingResp>()) attacker = device_of(cloud_.staging, identity);  // cut, as it should
    }
  }
  EXPECT_EQ(victim_->messages_until_quiet().find("attack"), std::string::npos);
  for (std::size_t i = 0; i < topics.size(); i += kFiltersPerSession) {  // nothing is kept there for later either
    const auto later = device_of(cloud_.other, vendor_.issue());
    for (std::size_t j = i; j < std::min(topics.size(), i + kFiltersPerSession); ++j) later->subscribe(topics[j]);
    EXPECT_EQ(later->messages_until_quiet().find(" attack"), std::string::npos);
  }
}

TEST_F(Tenants, NoWillOfAnyFormReachesAnotherAccount) {
  const Identity identity = vendor_.issue();
  for (const std::string& topic : names_of_every_form({"attack"})) {
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.will = mqtt::Will{.topic = topic, .payload = as_bytes("attack"), .qos = 1, .retain = true};
    const auto testator = shaken(cloud_.staging, identity);
    EXPECT_EQ(testator->connect(connect), 0) << topic;
    testator->vanish();
  }
  EXPECT_TRUE(eventually([&] { return cloud_.gateway().counters().sessions_open == 2; }));
  EXPECT_EQ(victim_->messages_until_quiet().find("attack"), std::string::npos);
}

TEST_F(Tenants, AClientIdOfAnotherAccountOpensNeitherItsSessionNorItsMail) {
  const Identity theirs = vendor_.issue(), ours = vendor_.issue();
  const mqtt::Connect twin{.client_id = "twin", .clean_session = false, .keep_alive_seconds = 60};
  auto first = shaken(cloud_.other, theirs);
  ASSERT_EQ(first->connect(twin), 0);
  ASSERT_EQ(first->subscribe("mail"), 1);
  first->send(mqtt::Disconnect{});
  EXPECT_TRUE(first->is_closed());
  EXPECT_TRUE(victim_->publish_acknowledged("mail", "letter"));
  for (const std::string& id : {std::string("twin"), kTheirs, kTheirs + ".twin", kTheirs + "%2ftwin"}) {
    for (const bool clean : {false, true}) {
      const auto attacker = shaken(cloud_.staging, ours);
      attacker->send(mqtt::Connect{.client_id = id, .clean_session = clean, .keep_alive_seconds = 60});
      const auto answer = attacker->next();
      ASSERT_TRUE(answer && answer->as<mqtt::ConnAck>() != nullptr);
      EXPECT_FALSE(answer->as<mqtt::ConnAck>()->session_present) << id;
      EXPECT_EQ(attacker->messages_until_quiet(), "") << id;
      EXPECT_FALSE(cloud_.gateway().presence().is_connected(cloud_.other.id, id));
    }
  }
  const auto again = shaken(cloud_.other, theirs);
  ASSERT_EQ(again->connect(twin), 0);
  EXPECT_EQ(again->message(), "mail letter");
}

TEST_F(Tenants, AClientIdOfAnotherAccountTakesNoLiveConnectionOver) {
  const auto theirs = shaken(cloud_.other, vendor_.issue()), ours = shaken(cloud_.staging, vendor_.issue());
  ASSERT_EQ(theirs->connect({.client_id = "live", .clean_session = true}), 0);
  ASSERT_EQ(ours->connect({.client_id = "live", .clean_session = true}), 0);
  EXPECT_TRUE(theirs->publish_acknowledged("x", ""));
  EXPECT_TRUE(ours->publish_acknowledged("x", ""));
}

TEST_F(Tenants, AGroupOfTheSameNameInTwoAccountsSharesNothing) {
  const auto ours = device(), theirs = device_of(cloud_.other, vendor_.issue());
  ASSERT_EQ(ours->subscribe("$share/g/work"), 1);
  ASSERT_EQ(theirs->subscribe("$share/g/work"), 1);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(victim_->publish_acknowledged("work", "theirs"));
  EXPECT_TRUE(honest_->publish_acknowledged("work", "ours"));
  EXPECT_EQ(ours->messages_until_quiet(), "work ours");
  const std::string heard = theirs->messages_until_quiet();
  EXPECT_EQ(static_cast<int>(std::count(heard.begin(), heard.end(), ';')), 5) << heard;
}

TEST_F(Tenants, AThingReachesNoOtherThingOfItsAccount) {
  const Vendor strict = enroll_strict();
  const Identity mine = strict.issue(), neighbours = strict.issue();
  const auto neighbour = device_of(cloud_.staging, neighbours);
  ASSERT_EQ(neighbour->subscribe(neighbours.thing_name + "/#"), 1);
  auto attacker = device_of(cloud_.staging, mine);
  const std::string& thing = neighbours.thing_name;
  for (const std::string& filter :
       {thing + "/#", thing + "/data", std::string("#"), std::string("+/data"), "+/" + thing + "/#",
        "$share/g/" + thing + "/#", "$aws/things/" + thing + "/#", std::string("$aws/things/+/jobs/#"),
        std::string("$share/g/+/data"), "/" + thing + "/data", "u/" + kOurs + "/" + thing + "/#"})
    EXPECT_EQ(attacker->subscribe(filter), kRefused) << filter;
  for (const std::string& filter : {mine.thing_name + "/../" + thing + "/#", mine.thing_name + "/#"})
    EXPECT_EQ(attacker->subscribe(filter), 1) << filter;  // its own, whatever it is called
  for (const std::string& topic : {thing + "/data", thing + "/attack", "/" + thing + "/attack",
                                   "$aws/things/" + thing + "/jobs/get", "u/" + kOurs + "/" + thing + "/attack"}) {
    LogCapture log;
    attacker->publish(topic, "attack", true);
    EXPECT_TRUE(attacker->is_closed()) << topic;
    EXPECT_NE(log.text().find("publish refused"), std::string::npos) << topic;
    attacker = device_of(cloud_.staging, mine);
  }
  EXPECT_EQ(shaken(cloud_.staging, mine)->connect({.client_id = thing, .clean_session = true}), kNotAuthorized);
  EXPECT_TRUE(neighbour->publish_acknowledged(thing + "/data", "private"));
  EXPECT_EQ(neighbour->message(), thing + "/data private");  // and nothing of the attacker's before it
}

/// Who else has met the module is its business and that account's.
TEST_F(Tenants, ARefusalTellsNothingOfAnotherAccount) {
  const Vendor globex = Vendor::create("Globex");
  cloud_.enroll(cloud_.customer, globex);
  const Identity owned = globex.issue();
  device_of(cloud_.customer, owned);
  const auto ear = cloud_.listen(cloud_.other, "$aws/events/presence/connect_failed/+");
  const auto refused = [&] {
    EXPECT_EQ(shaken(cloud_.other, owned)->connect({.client_id = "x", .clean_session = true}), kNotAuthorized);
    const std::string told = ear->hear("$aws/events/presence/connect_failed/x").payload;
    EXPECT_NE(told.find("AUTHORIZATION_FAILED"), std::string::npos);
    for (const std::string& secret : {cloud_.customer.id, cloud_.customer.endpoint_prefix, std::string("\"oem"),
                                      std::string("oem "), owned.thing_name})
      EXPECT_EQ(told.find(secret), std::string::npos) << told;
  };
  refused();
  cloud_.enroll(cloud_.other, globex);
  refused();
}

}  // namespace
}  // namespace xl::gateway::testing
