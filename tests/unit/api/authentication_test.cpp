// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

TEST_F(ApiTest, RefusesUnsignedRequestsBeforeItRoutes) {
  for (const auto* target : {"/things", "/nonsense"}) {
    const Answer answer = send({.method = "GET", .target = target, .headers = {}, .body = {}, .peer_address = {}});
    EXPECT_EQ(answer.status, 403);
    EXPECT_EQ(answer.exception(), "MissingAuthenticationTokenException");
    EXPECT_NE(answer.message(), "");
  }
}

TEST_F(ApiTest, RefusesUnknownKeysAndWrongSecrets) {
  crypto::Credentials stranger = vendor_key_;
  stranger.access_key_id = "AKIASTRANGERSTRANGER";
  EXPECT_EQ(call_as(stranger, "GET", "/things").exception(), "UnrecognizedClientException");
  crypto::Credentials wrong = vendor_key_;
  wrong.secret_access_key = "wrong";
  const Answer answer = call_as(wrong, "GET", "/things");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.exception(), "InvalidSignatureException");
}

TEST_F(ApiTest, AcceptsTheServiceNamesOfOldAndNewClients) {
  for (const auto* service : {"iot", "execute-api", "iotdata"})
    EXPECT_EQ(call_as(vendor_key_, "GET", "/things", "", service).status, 200) << service;
}

TEST_F(ApiTest, TellsUnservedFromUnknownOperations) {
  const Answer unserved = call("GET", "/jobs");
  EXPECT_EQ(unserved.status, 501);
  EXPECT_EQ(unserved.exception(), "NotImplementedException");
  EXPECT_NE(unserved.message().find("ListJobs"), std::string::npos);
  const Answer unknown = call("GET", "/nonsense");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.exception(), "UnknownOperationException");
  EXPECT_EQ(call("DELETE", "/endpoint").status, 405);
}

TEST_F(ApiTest, KeepsAccountsApart) {
  const std::string id = add_device("lamp");
  EXPECT_EQ(call_as(other_key_, "GET", "/things/lamp").status, 404);
  EXPECT_EQ(call_as(other_key_, "GET", "/certificates/" + id).status, 404);
  EXPECT_TRUE(call_as(other_key_, "GET", "/things").json().at("things").as_array().empty());
}

TEST_F(ApiTest, AnswersGetCallerIdentityInXml) {
  const Answer answer = call_as(vendor_key_, "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", "sts");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(net::find_header(answer.headers, "content-type"), "text/xml");
  EXPECT_NE(answer.body.find("<Account>" + kVendor + "</Account>"), std::string::npos);
  EXPECT_NE(answer.body.find("<RequestId>"), std::string::npos);
}

TEST_F(ApiTest, RefusesStsRequestsInXml) {
  const Answer unsigned_answer =
      send({.method = "POST", .target = "/", .headers = {}, .body = "Action=GetCallerIdentity", .peer_address = {}});
  EXPECT_EQ(unsigned_answer.status, 403);
  EXPECT_NE(unsigned_answer.body.find("<Code>MissingAuthenticationToken</Code>"), std::string::npos);
  const Answer other = call_as(vendor_key_, "POST", "/", "Action=AssumeRole%3C", "sts");
  EXPECT_EQ(other.status, 400);
  EXPECT_NE(other.body.find("AssumeRole&lt;"), std::string::npos);
}

TEST_F(ApiTest, RefusesBodiesThatAreNotJsonObjects) {
  EXPECT_EQ(call("POST", "/cacertificate", "{broken").exception(), "SerializationException");
  EXPECT_EQ(call("POST", "/cacertificate", "[]").exception(), "SerializationException");
  EXPECT_EQ(call("POST", "/cacertificate", std::string(1000, '[')).exception(), "SerializationException");
  EXPECT_EQ(call("GET", "/things?maxResults=%zz").status, 400);
}

TEST_F(ApiTest, EchoesHostileInputAsValidJson) {
  EXPECT_EQ(call("GET", "/things/%FF%22%00").json().count("message"), 1u);
  EXPECT_EQ(call("GET", "/things?nextToken=%FF").json().count("message"), 1u);
}

}  // namespace
}  // namespace xl::api::test
