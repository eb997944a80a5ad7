// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

TEST_F(ApiTest, NamesTheAccountsEndpoint) {
  for (const auto* query : {"", "?endpointType=iot%3AData-ATS", "?endpointType=iot:Data"})
    EXPECT_EQ(call("GET", std::string("/endpoint") + query).json(),
              (json::object{{"endpointAddress", "prefix-vendor-ats.iot.localhost"}}));
  EXPECT_EQ(call("GET", "/endpoint?endpointType=iot:Jobs").exception(), "InvalidRequestException");
}

TEST_F(ApiTest, DescribesThings) {
  add_device("lamp-1");
  const auto thing = call("GET", "/things/lamp-1").json();
  EXPECT_EQ(thing.at("thingName"), "lamp-1");
  EXPECT_EQ(thing.at("thingArn"), ("arn:aws:iot:us-east-1:" + kVendor + ":thing/lamp-1").c_str());
  EXPECT_EQ(thing.at("attributes").as_object().at("color"), "blue");
  EXPECT_EQ(thing.at("version"), 1);
  const Answer missing = call("GET", "/things/absent");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.exception(), "ResourceNotFoundException");
}

TEST_F(ApiTest, NamesBrokenConstraintsInAwsWords) {
  EXPECT_EQ(call("GET", "/things/a%20b").message(),
            "1 validation error detected: Value 'a b' at 'thingName' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [a-zA-Z0-9:_-]+");
  EXPECT_EQ(call("GET", "/things?maxResults=251").message(),
            "1 validation error detected: Value '251' at 'maxResults' failed to satisfy constraint: Member must have "
            "value less than or equal to 250");
  EXPECT_NE(call("POST", "/provisioning-templates", json::object{})
                .message()
                .find("3 validation errors detected: Value null at 'templateName'"),
            std::string::npos);
}

TEST_F(ApiTest, ListsAndFiltersThings) {
  for (int i = 0; i < 30; ++i) add_device("lamp-" + std::to_string(100 + i));
  const auto first = call("GET", "/things").json();
  EXPECT_EQ(first.at("things").as_array().size(), 25u);
  const auto rest = call("GET", "/things?nextToken=" + std::string(first.at("nextToken").as_string())).json();
  EXPECT_EQ(rest.at("things").as_array().size(), 5u);
  EXPECT_EQ(rest.count("nextToken"), 0u);
  const auto count = [&](const std::string& query) {
    return call("GET", "/things?" + query).json().at("things").as_array().size();
  };
  EXPECT_EQ(count("maxResults=250&attributeName=color&attributeValue=blue"), 30u);
  EXPECT_EQ(count("attributeName=color&attributeValue=red"), 0u);
  EXPECT_EQ(count("maxResults=7&attributeName=color&attributeValue=bl&usePrefixAttributeValue=TRUE"), 7u);
  EXPECT_EQ(count("attributeName=absent"), 0u);
}

TEST_F(ApiTest, ListsPrincipalsAndPoliciesOfAThing) {
  const std::string id = add_device("lamp");
  const std::string arn = "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id;
  EXPECT_EQ(call("GET", "/things/lamp/principals").json().at("principals").as_array(), json::array{json::string(arn)});
  EXPECT_EQ(call("GET", "/things/absent/principals").status, 404);
  std::string target = arn;
  target.replace(target.find('/'), 1, "%2F");
  const auto policies = call("POST", "/attached-policies/" + target).json().at("policies").as_array();
  ASSERT_EQ(policies.size(), 1u);
  EXPECT_EQ(policies[0].at("policyName"), "policy-lamp");
  EXPECT_EQ(call("POST", "/attached-policies/nonsense").status, 400);
  EXPECT_EQ(call("POST", "/attached-policies/arn:aws:iot:us-east-1:" + kOther + ":cert%2F" + id).status, 404);

  const auto policy = call("GET", "/policies/policy-lamp").json();
  EXPECT_EQ(policy.at("policyDocument"), R"({"Version":"2012-10-17","Statement":[]})");
  EXPECT_EQ(policy.at("defaultVersionId"), "1");
}

TEST_F(ApiTest, ChangesACertificatesStatus) {
  const std::string path = "/certificates/" + add_device("lamp");
  const auto status = [&] {
    return std::string(call("GET", path).json().at("certificateDescription").at("status").as_string());
  };
  EXPECT_EQ(status(), "ACTIVE");
  EXPECT_EQ(call("PUT", path + "?newStatus=INACTIVE").status, 200);
  EXPECT_EQ(status(), "INACTIVE");
  EXPECT_EQ(call("PUT", path + "?newStatus=REVOKED").status, 200);
  EXPECT_EQ(status(), "REVOKED");
  EXPECT_EQ(call("PUT", path + "?newStatus=ACTIVE").status, 200);
  EXPECT_EQ(status(), "ACTIVE");
  EXPECT_EQ(call("PUT", path + "?newStatus=PENDING_TRANSFER").exception(), "InvalidRequestException");
  EXPECT_EQ(call("PUT", path + "?newStatus=nonsense").exception(), "InvalidRequestException");
  EXPECT_EQ(call("PUT", path).exception(), "InvalidRequestException");
  EXPECT_EQ(call("PUT", "/certificates/" + std::string(64, '0') + "?newStatus=ACTIVE").status, 404);
  EXPECT_EQ(call("GET", "/certificates").json().at("certificates").as_array().size(), 1u);
}

TEST_F(ApiTest, LeavesACertificateInTransferAlone) {
  const std::string id = add_device("lamp");
  write([&](cloud::Registry& registry) {
    return registry.certificates().set_status(kVendor, id, cloud::CertificateStatus::pending_transfer, wall_now());
  });
  const Answer answer = call("PUT", "/certificates/" + id + "?newStatus=ACTIVE");
  EXPECT_EQ(answer.status, 406);
  EXPECT_EQ(answer.exception(), "CertificateStateException");
}

TEST_F(ApiTest, CreatesAndDescribesProvisioningTemplates) {
  const json::object body{
      {"templateName", "jitp"}, {"templateBody", kTemplateBody}, {"provisioningRoleArn", kRole}, {"type", "JITP"},
      {"enabled", true},        {"description", "for tests"}};
  const Answer made = call("POST", "/provisioning-templates", body);
  ASSERT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(made.json().at("defaultVersionId"), 1);
  const auto described = call("GET", "/provisioning-templates/jitp").json();
  EXPECT_EQ(described.at("type"), "JITP");
  EXPECT_EQ(described.at("enabled"), true);
  EXPECT_EQ(described.at("templateBody"), kTemplateBody.c_str());
  EXPECT_EQ(described.at("description"), "for tests");
  EXPECT_EQ(call("POST", "/provisioning-templates", body).exception(), "ResourceAlreadyExistsException");
}

TEST_F(ApiTest, RefusesTemplatesThatCouldNotRun) {
  const auto attempt = [&](json::object more) {
    json::object body{{"templateName", "t"}, {"templateBody", kTemplateBody}, {"provisioningRoleArn", kRole}};
    for (const auto& [name, value] : more) body[name] = value;
    return call("POST", "/provisioning-templates", body);
  };
  EXPECT_EQ(attempt({{"templateBody", "{}"}}).status, 400);
  EXPECT_EQ(attempt({{"templateName", "a b"}}).status, 400);
  EXPECT_EQ(attempt({{"type", "OTHER"}}).status, 400);
  EXPECT_EQ(attempt({{"enabled", "yes"}}).status, 400);
  EXPECT_EQ(attempt({{"templateBody", 7}}).status, 400);
  EXPECT_EQ(attempt({{"preProvisioningHook", json::object{{"targetArn", "arn:aws:lambda:x"}}}}).status, 400);
  EXPECT_EQ(call("GET", "/provisioning-templates/t").status, 404);
}

TEST_F(ApiTest, PublishesThroughTheBus) {
  ASSERT_EQ(call("POST", "/topics/lamp%2Fstate?qos=1&retain=false", "\x01\xffraw").status, 200);
  ASSERT_EQ(call("POST", "/topics/lamp/state/x", "2").status, 200);
  const auto published = bus_.published();
  ASSERT_EQ(published.size(), 2u);
  EXPECT_EQ(published[0].account_id, kVendor);
  EXPECT_EQ(published[0].message.topic, "lamp/state");
  EXPECT_EQ(published[0].message.payload, "\x01\xffraw");
  EXPECT_EQ(published[0].message.qos, 1);
  EXPECT_EQ(published[1].message.topic, "lamp/state/x");
}

TEST_F(ApiTest, RefusesToPublishWhatAwsRefuses) {
  EXPECT_EQ(call("POST", "/topics/a?qos=2", "x").status, 400);
  EXPECT_EQ(call("POST", "/topics/%24aws%2Fthings", "x").status, 400);
  EXPECT_EQ(call("POST", "/topics/a", std::string((128 << 10) + 1, 'x')).status, 413);
  EXPECT_TRUE(bus_.published().empty());
  bus_.go_away();
  const Answer answer = call("POST", "/topics/a", "x");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.exception(), "ServiceUnavailableException");
}

}  // namespace
}  // namespace xl::api::test
