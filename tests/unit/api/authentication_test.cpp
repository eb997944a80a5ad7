// SPDX-License-Identifier: Apache-2.0
#include "api/request.hpp"
#include "api/session_tokens.hpp"
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

/// GetSessionToken's answer for the vendor's key.
std::string between(const std::string& text, const std::string& name) {
  const auto from = text.find("<" + name + ">") + name.size() + 2;
  return text.substr(from, text.find("</" + name + ">") - from);
}

TEST_F(ApiTest, GivesSessionCredentialsThatWorkLikeTheirKey) {
  const std::string form = "Action=GetSessionToken&DurationSeconds=900&Version=2011-06-15";
  const Answer answer = call_as(vendor_key_, "POST", "/", form, "sts");
  ASSERT_EQ(answer.status, 200) << answer.body;
  crypto::Credentials session{between(answer.body, "AccessKeyId"), between(answer.body, "SecretAccessKey"),
                              between(answer.body, "SessionToken")};
  EXPECT_TRUE(session.access_key_id.starts_with("ASIA"));
  EXPECT_EQ(call_as(session, "GET", "/things").status, 200);
  EXPECT_NE(call_as(session, "POST", "/", form, "sts").body.find("<Code>AccessDenied</Code>"), std::string::npos)
      << "a session cannot prolong itself";
  crypto::Credentials borrowed = session;
  borrowed.access_key_id = "ASIAOTHEROTHEROTHERO";
  EXPECT_EQ(call_as(borrowed, "GET", "/things").exception(), "UnrecognizedClientException");
  borrowed = session;
  borrowed.session_token.clear();
  EXPECT_EQ(call_as(borrowed, "GET", "/things").exception(), "UnrecognizedClientException");
  borrowed = vendor_key_;
  borrowed.session_token = session.session_token;
  EXPECT_EQ(call_as(borrowed, "GET", "/things").exception(), "UnrecognizedClientException");
}

TEST_F(ApiTest, ASessionEnds) {
  const auto over = issue_session(master_key_, vendor_key_.access_key_id, wall_now() - std::chrono::seconds(1));
  EXPECT_EQ(call_as(over, "GET", "/things").exception(), "ExpiredTokenException");
  EXPECT_NE(call_as(over, "POST", "/", "Action=GetCallerIdentity", "sts").body.find("<Code>ExpiredToken</Code>"),
            std::string::npos);
  for (const auto* seconds : {"899", "129601", "soon", ""}) {
    const std::string form = std::string("Action=GetSessionToken&DurationSeconds=") + seconds;
    EXPECT_EQ(call_as(vendor_key_, "POST", "/", form, "sts").status, 400) << seconds;
  }
}

TEST_F(ApiTest, RoutesByThePathThatWasSigned) {
  add_device("lamp");
  EXPECT_EQ(call("GET", "/policies/../things//./lamp").status, 200);
  EXPECT_EQ(call("GET", "/things/%2E%2E/lamp").status, 404);
}

TEST_F(ApiTest, AnAddedPlusDoesNotBecomeASpace) {
  EXPECT_EQ(call("POST", "/topics/a?contentType=a+b", "x").status, 200);
  EXPECT_EQ(parse_parameters("a=b+c%20d"), (Parameters{{"a", "b+c d"}}));
  EXPECT_EQ(parse_parameters("a=b+c%20d", Plus::is_space), (Parameters{{"a", "b c d"}}));
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
