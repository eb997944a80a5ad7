// SPDX-License-Identifier: Apache-2.0
// What is special in a staging account. source: guide 11.1, 11.2
#include <algorithm>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

/// A vendor's least-privilege policy.
const std::string kOwnTopics = R"(
  {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
  {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],
   "Resource":"arn:aws:iot:*:*:topic/${iot:Connection.Thing.ThingName}/*"},
  {"Effect":"Allow","Action":"iot:Subscribe",
   "Resource":"arn:aws:iot:*:*:topicfilter/${iot:Connection.Thing.ThingName}/*"})";

class Staging : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud_.enroll(cloud_.staging, vendor_, kOwnTopics);
    device_ = std::make_unique<Client>(cloud_, cloud_.staging, identity_);
    ASSERT_EQ(device_->connect(), 0);
  }
  std::string own(const std::string& topic) const { return identity_.thing_name + "/" + topic; }
  void set_custody(cloud::CustodyStatus status, const std::string& owner) {
    cloud_.write([&](cloud::Registry& registry) -> Status {
      XL_TRY(auto custody, registry.custody().find(identity_.id()));
      custody.status = status;
      custody.owner_account = owner;
      ++custody.epoch;
      return registry.custody().change(custody, "test", wall_now());
    });
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  Identity identity_ = vendor_.issue();
  std::unique_ptr<Client> device_;
};

TEST_F(Staging, BareDataIsTheThingsOwn) {
  const auto ear = cloud_.listen(cloud_.staging, "#");
  device_->publish("data", "21.5");
  EXPECT_EQ(ear->hear(own("data")).payload, "21.5");
}

TEST_F(Staging, StateComesUnderTheNameThatWasSubscribed) {
  EXPECT_EQ(device_->subscribe("state"), 1);
  cloud_.say(cloud_.staging, {own("state"), "bare", 0, false});
  EXPECT_EQ(device_->message(), "state bare");
  EXPECT_EQ(device_->subscribe(own("state")), 1);
  cloud_.say(cloud_.staging, {own("state"), "full", 0, false});
  EXPECT_EQ(device_->message(), own("state") + " full");
}

TEST_F(Staging, APersistentSessionKeepsTheNameThatWasSubscribed) {
  const mqtt::Connect persistent{.clean_session = false, .keep_alive_seconds = 60};
  {
    Client first(cloud_, cloud_.staging, identity_);
    ASSERT_EQ(first.connect(persistent), 0);
    ASSERT_EQ(first.subscribe("state"), 1);
    first.vanish();
  }
  EXPECT_TRUE(eventually([this] { return cloud_.gateway().counters().sessions_open == 0; }));
  cloud_.say(cloud_.staging, {own("state"), "while away", 1, false});
  Client again(cloud_, cloud_.staging, identity_);
  ASSERT_EQ(again.connect(persistent), 0);
  EXPECT_EQ(again.message(), "state while away");
  Client fresh(cloud_, cloud_.staging, identity_);
  ASSERT_EQ(fresh.connect(), 0);
  ASSERT_EQ(fresh.subscribe(own("state")), 1);
  cloud_.say(cloud_.staging, {own("state"), "anew", 1, false});
  EXPECT_EQ(fresh.message(), own("state") + " anew") << "a clean session remembers nothing";
}

TEST_F(Staging, OneOfTwoNamesIsUnsubscribedAlone) {
  EXPECT_EQ(device_->subscribe("state"), 1);
  EXPECT_EQ(device_->subscribe(own("state")), 1);
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = 5;
  unsubscribe.count = 1;
  unsubscribe.filters[0] = "state";
  device_->send(unsubscribe);
  EXPECT_TRUE(device_->await<mqtt::UnsubAck>());
  cloud_.say(cloud_.staging, {own("state"), "x", 0, false});
  EXPECT_EQ(device_->message(), own("state") + " x");
}

TEST_F(Staging, ThePolicyGateHoldsBothWays) {
  EXPECT_EQ(device_->subscribe("elsewhere"), 0x80);
  EXPECT_EQ(device_->subscribe("#"), 0x80);
  EXPECT_EQ(device_->subscribe("+/state"), 0x80);
  EXPECT_EQ(device_->subscribe("$share/g/" + own("state")), 0x80);
  EXPECT_EQ(device_->subscribe(own("state")), 1);
  device_->publish("elsewhere", "x");
  EXPECT_TRUE(device_->is_closed());
}

TEST_F(Staging, RetainingNeedsItsOwnPermission) {
  device_->publish(own("data"), "x", true);
  EXPECT_TRUE(device_->is_closed());
}

TEST_F(Staging, AnOwnConfigurationTopicIsNoneToPublishOn) {
  EXPECT_EQ(device_->subscribe(own("expresslink_config")), 1);
  cloud_.say(cloud_.staging, {own("expresslink_config"), "{}", 1, false});
  EXPECT_EQ(device_->message(), own("expresslink_config") + " {}");
  device_->publish(own("expresslink_config"), "{}");
  EXPECT_TRUE(device_->is_closed());
}

TEST_F(Staging, OneSubscribeMayBeGrantedInPart) {
  mqtt::Subscribe subscribe;
  subscribe.packet_id = 3;
  subscribe.count = 3;
  const std::string granted = own("a"), also = own("b");
  subscribe.filters[0] = {granted, 0};
  subscribe.filters[1] = {"elsewhere", 1};
  subscribe.filters[2] = {also, 2};
  device_->send(subscribe);
  const auto answer = device_->await<mqtt::SubAck>();
  ASSERT_TRUE(answer);
  const Byte codes[] = {0, 0x80, 1};
  EXPECT_TRUE(std::ranges::equal(answer->as<mqtt::SubAck>()->return_codes, codes));
}

TEST_F(Staging, AViewerIsGrantedToWhoeverHoldsTheSerialPort) {
  EXPECT_EQ(device_->subscribe(own("quickconnect/accepted")), 1);
  EXPECT_EQ(device_->subscribe(own("quickconnect/rejected")), 1);
  const std::string hash(64, 'a');
  device_->publish(own("quickconnect"), R"({"viewer":")" + hash + R"("})");
  EXPECT_EQ(device_->message(), own("quickconnect/accepted") + R"( {"url":"http://pages.test"})");
  const auto grant = cloud_.view().viewer_grants().find(cloud_.staging.id, identity_.thing_name);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->secret_sha256, hash);
  EXPECT_GT(grant->expires, wall_now());
  for (const char* bad : {"", "{", "[]", R"({"viewer":1})", R"({"viewer":"zz"})"}) {
    EXPECT_TRUE(device_->publish_acknowledged(own("quickconnect"), bad));
    EXPECT_TRUE(device_->message().starts_with(own("quickconnect/rejected") + " "));
  }
}

TEST_F(Staging, AGuestReachesItsOwnConfigurationAndQuickConnectOnly) {
  set_custody(cloud::CustodyStatus::owned, cloud_.customer.id);
  Client guest(cloud_, cloud_.staging, identity_);
  ASSERT_EQ(guest.connect(), 0);
  EXPECT_TRUE(eventually([this] {
    const auto custody = cloud_.view().custody().find(identity_.id());
    return custody && custody->status == cloud::CustodyStatus::owned_reset;
  }));
  EXPECT_EQ(guest.subscribe(own("expresslink_config")), 1);
  EXPECT_EQ(guest.subscribe(own("quickconnect/accepted")), 1);
  EXPECT_EQ(guest.subscribe("state"), 1);
  EXPECT_EQ(guest.subscribe(own("anything")), 0x80);
  EXPECT_EQ(guest.subscribe(own("#")), 0x80);
  guest.publish("data", "1");
  guest.publish(own("anything"), "x");
  EXPECT_TRUE(guest.is_closed());
}

}  // namespace
}  // namespace xl::gateway::testing
