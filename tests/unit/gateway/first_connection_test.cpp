// SPDX-License-Identifier: Apache-2.0
// A device meets its account for the first time, and again. source: guide 11.1.4
#include <openssl/ssl.h>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

class FirstConnection : public ::testing::Test {
 protected:
  std::vector<std::string> things_of(const Identity& device) {
    return cloud_.view().things().things_of(cloud_.staging.id, device.id()).value_or(std::vector<std::string>{});
  }
  bool is_complete(const Identity& device) {
    const auto certificate = cloud_.view().certificates().find(cloud_.staging.id, device.id());
    const auto policies = cloud_.view().policies().attached_to(cloud_.staging.id, device.id());
    return certificate && certificate->status == cloud::CertificateStatus::active && policies &&
           policies->size() == 1 && things_of(device) == std::vector<std::string>{device.thing_name} &&
           cloud_.view().custody().find(device.id());
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
};

TEST_F(FirstConnection, ANewDeviceIsProvisionedAndServed) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  Client device(cloud_, cloud_.staging, identity);
  EXPECT_EQ(device.connect(), 0);
  EXPECT_TRUE(is_complete(identity));
  EXPECT_EQ(cloud_.gateway().counters().provisioned, 1u);
  EXPECT_EQ(device.subscribe("a/b"), 1);
  device.publish("a/b", "hello");
  EXPECT_EQ(device.message(), "a/b hello");
}

TEST_F(FirstConnection, AKnownDeviceIsNotProvisionedAgain) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Client device(cloud_.port(), {Cloud::endpoint(cloud_.staging), &identity, version});
    EXPECT_EQ(device.connect(), 0);
  }
  EXPECT_EQ(cloud_.gateway().counters().provisioned, 1u);
}

TEST_F(FirstConnection, AKnownDeviceNeedsItsCaNoMore) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  cloud_.update_ca(cloud_.staging, vendor_, [](cloud::CaCertificate& ca) { ca.status = cloud::CaStatus::inactive; });
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
}

TEST_F(FirstConnection, TheHandshakeAloneRegistersNothing) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  {
    Client device(cloud_, cloud_.staging, identity);
    EXPECT_TRUE(device.is_shaken());
    Client witness(cloud_, cloud_.staging, vendor_.issue());  // a whole connection, begun later
    EXPECT_EQ(witness.connect(), 0);
  }
  EXPECT_EQ(cloud_.view().certificates().find(cloud_.staging.id, identity.id()).error().code, Errc::not_found);
}

TEST_F(FirstConnection, ADeviceThatDiesMeanwhileIsCompleteAfterwards) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  cloud_.store().hold();
  {
    Client device(cloud_, cloud_.staging, identity);
    device.send(mqtt::Connect{.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 60});
    ASSERT_TRUE(eventually([this] { return cloud_.store().held() > 0; }));
  }
  cloud_.store().release();
  EXPECT_TRUE(is_complete(identity));
  EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(), 0);
  EXPECT_EQ(cloud_.gateway().counters().provisioned, 1u);
}

TEST_F(FirstConnection, TwoConnectionsOfOneNewDeviceMakeOneThing) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  const mqtt::Connect connect{.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 60};
  cloud_.store().hold();
  Client first(cloud_, cloud_.staging, identity), second(cloud_, cloud_.staging, identity);
  first.send(connect);
  second.send(connect);
  ASSERT_TRUE(eventually([this] { return cloud_.store().held() > 1; }));
  cloud_.store().release();
  EXPECT_TRUE(is_complete(identity));
  EXPECT_TRUE(eventually([this] { return cloud_.gateway().counters().sessions_open == 1; }));
}

TEST_F(FirstConnection, PacketsBehindTheConnectWaitForItsAnswer) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  Client device(cloud_, cloud_.staging, identity);
  cloud_.store().hold();
  device.send(mqtt::Connect{.client_id = identity.thing_name, .clean_session = true, .keep_alive_seconds = 60});
  device.send(mqtt::PingReq{});
  ASSERT_TRUE(eventually([this] { return cloud_.store().held() > 0; }));
  cloud_.store().release();
  const auto first = device.next(), second = device.next();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->as<mqtt::ConnAck>(), nullptr);
  EXPECT_NE(second->as<mqtt::PingResp>(), nullptr);
}

TEST_F(FirstConnection, TheAlpnNameOfAwsIsAgreedAndOthersAreIgnored) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  const std::string endpoint = Cloud::endpoint(cloud_.staging);
  Client aws(cloud_.port(), {endpoint, &identity, 0, "x-amzn-mqtt-ca"});
  EXPECT_EQ(aws.protocol(), "x-amzn-mqtt-ca");
  EXPECT_EQ(aws.connect(), 0);
  Client other(cloud_.port(), {endpoint, &identity, 0, "h2"});
  EXPECT_EQ(other.protocol(), "");
  EXPECT_EQ(other.connect(), 0);
}

TEST_F(FirstConnection, TheEndpointIsFoundInAnyCase) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  EXPECT_EQ(Client(cloud_.port(), {"AAAAAA-ATS.iot.LocalHost", &identity}).connect(), 0);
}

TEST_F(FirstConnection, TheLoginStringIsKept) {
  cloud_.enroll(cloud_.staging, vendor_);
  const Identity identity = vendor_.issue();
  const std::string login =
      "?SDK=FreeRTOS&SDKVersion=v10.4.2&Platform=ExpressLink&Metadata=(Vendor=Acme; Model=A-1; FWversion=1.2.3; "
      "TechSpec=1.1.2; CustomName=Lamp)";
  for (const std::string& username : {login, std::string("not a login string")}) {
    mqtt::Connect connect{.clean_session = true, .keep_alive_seconds = 60};
    connect.username = username;
    EXPECT_EQ(Client(cloud_, cloud_.staging, identity).connect(connect), 0) << username;
  }
  EXPECT_TRUE(eventually(
      [&] { return cloud_.view().login_strings().find(cloud_.staging.id, identity.id()).value_or("") == login; }));
}

TEST(DroppedFirstConnection, IsCompleteAndTheSecondIsServed) {
  Cloud cloud(/*drop_first_connection=*/true);
  const Vendor vendor = Vendor::create("Acme");
  cloud.enroll(cloud.staging, vendor);
  const Identity identity = vendor.issue();
  Client first(cloud, cloud.staging, identity);
  EXPECT_EQ(first.connect(), std::nullopt);
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(Client(cloud, cloud.staging, identity).connect(), 0);
  EXPECT_EQ(cloud.gateway().counters().provisioned, 1u);
}

}  // namespace
}  // namespace xl::gateway::testing
