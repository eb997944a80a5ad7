// SPDX-License-Identifier: Apache-2.0
// Fleet provisioning at the gateway: who may ask, and who hears the answer.
#include <boost/json.hpp>

#include "unit/gateway/client.hpp"

namespace xl::gateway::testing {
namespace {

namespace json = boost::json;

const std::string kCreate = "$aws/certificates/create/json";
const std::string kClaims =
    R"({"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
       {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:*:*:topic/$aws/certificates/create/*"},
       {"Effect":"Allow","Action":["iot:Publish","iot:Receive","iot:Subscribe"],"Resource":"arn:aws:iot:*:*:*/own"},
       {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:*:*:topicfilter/$aws/certificates/create/*"})";

class FleetProvisioning : public ::testing::Test {
 protected:
  /// A connection with the claim certificate, which many devices share.
  std::unique_ptr<Client> device(const std::string& client_id) {
    auto client = std::make_unique<Client>(cloud_, cloud_.customer, claim_);
    EXPECT_EQ(client->connect({.client_id = client_id, .clean_session = true, .keep_alive_seconds = 60}), 0);
    return client;
  }
  void allow(const std::string& statements) { cloud_.enroll(cloud_.customer, vendor_, statements); }
  /// Nothing on its way: what is subscribed and published comes back.
  static std::string next_of(Client& client) {
    EXPECT_EQ(client.subscribe("own"), 1);
    client.publish("own", "still here");
    return client.message();
  }

  Cloud cloud_;
  Vendor vendor_ = Vendor::create("Acme");
  Identity claim_ = vendor_.issue();
};

TEST_F(FleetProvisioning, TheKeyReachesTheDeviceThatAskedAndNobodyElse) {
  allow(kClaims);
  const auto asker = device("one"), other = device("two");
  for (Client* client : {asker.get(), other.get()}) EXPECT_EQ(client->subscribe(kCreate + "/+"), 1);
  asker->publish(kCreate, "");
  const std::string answer = asker->message();
  ASSERT_TRUE(answer.starts_with(kCreate + "/accepted {")) << answer;
  const auto body = json::parse(answer.substr(kCreate.size() + 10)).as_object();
  EXPECT_TRUE(body.at("privateKey").as_string().starts_with("-----BEGIN RSA PRIVATE KEY-----"));
  EXPECT_EQ(body.size(), 4u);
  const auto made = cloud_.view().certificates().find(cloud_.customer.id, body.at("certificateId").as_string());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, cloud::CertificateStatus::pending_activation);
  EXPECT_EQ(made->pem, body.at("certificatePem").as_string());
  EXPECT_EQ(next_of(*other), "own still here");
}

TEST_F(FleetProvisioning, WhatIsSentMeanwhileIsReadAfterwards) {
  allow(kClaims);
  const auto asker = device("one");
  EXPECT_EQ(asker->subscribe(kCreate + "/accepted"), 1);
  EXPECT_EQ(asker->subscribe("own"), 1);
  asker->publish(kCreate, "{}");
  asker->publish("own", "later");
  EXPECT_TRUE(asker->message().starts_with(kCreate + "/accepted {"));
  EXPECT_EQ(asker->message(), "own later");
}

TEST_F(FleetProvisioning, WhoeverDoesNotListenOrMayNotReceiveHearsNothing) {
  allow(R"({"Effect":"Allow","Action":["iot:Connect","iot:Subscribe","iot:Publish"],"Resource":"*"},
           {"Effect":"Allow","Action":"iot:Receive","Resource":"arn:aws:iot:*:*:topic/own"})");
  const auto deaf = device("one"), forbidden = device("two");
  EXPECT_EQ(forbidden->subscribe(kCreate + "/#"), 1);
  for (Client* client : {deaf.get(), forbidden.get()}) {
    client->publish(kCreate, "");
    EXPECT_EQ(next_of(*client), "own still here");
  }
  EXPECT_EQ(cloud_.view().certificates().list(cloud_.customer.id, {}).value().items.size(), 3u);  // they were made
}

TEST_F(FleetProvisioning, WhoeverMayNotAskIsDisconnected) {
  allow(R"({"Effect":"Allow","Action":"iot:Connect","Resource":"*"})");
  const auto asker = device("one");
  asker->publish(kCreate, "");
  EXPECT_TRUE(asker->is_closed());
}

TEST_F(FleetProvisioning, AnswersCannotBeForged) {
  allow(Cloud::kAllowAll);
  for (const std::string& topic : {kCreate + "/accepted", std::string("$aws/certificates/create/cbor"),
                                   std::string("$aws/provisioning-templates/a/b/provision/json"),
                                   std::string("$aws/provisioning-templates//provision/json")}) {
    const auto asker = device("one");
    asker->publish(topic, "{}");
    EXPECT_TRUE(asker->is_closed()) << topic;
  }
}

TEST_F(FleetProvisioning, AStoppingGatewayDoesNotWaitForKeys) {
  allow(kClaims);
  std::vector<std::unique_ptr<Client>> askers;
  for (int i = 0; i < 20; ++i) {
    askers.push_back(device("device-" + std::to_string(i)));
    askers.back()->publish(kCreate, "");
  }
  cloud_.stop_gateway();
  for (const auto& asker : askers) EXPECT_TRUE(asker->is_closed());
  EXPECT_LT(cloud_.view().certificates().list(cloud_.customer.id, {}).value().items.size(), 20u);
}

}  // namespace
}  // namespace xl::gateway::testing
