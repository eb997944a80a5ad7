// SPDX-License-Identifier: Apache-2.0
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

std::string statement(const std::string& effect, const std::string& action, const std::string& resource) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + effect + R"(","Action":"iot:)" + action +
         R"(","Resource":"arn:aws:iot:us-east-1:)" + kVendor + ":" + resource + R"("}]})";
}

class Evaluation : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    id_ = add_device("lamp");
    principal_ = "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id_;
    write([&](cloud::Registry& registry) { return registry.policies().detach(kVendor, "policy-lamp", id_); });
    create("publish", statement("Allow", "Publish", "topic/${iot:Connection.Thing.ThingName}/*"));
    create("colors", statement("Allow", "Publish", "topic/${iot:Connection.Thing.Attributes[color]}"));
    create("deny", statement("Deny", "*", "topic/lamp/secret"));
    for (const char* name : {"publish", "colors"})
      call("PUT", std::string("/target-policies/") + name, json::object{{"target", principal_}});
  }
  void create(const std::string& name, const std::string& document) {
    EXPECT_EQ(call("POST", "/policies/" + name, json::object{{"policyDocument", document}}).status, 200);
  }
  json::object ask(const std::string& topic, json::object more = {}, const std::string& client_id = "lamp") {
    more["principal"] = principal_;
    more["authInfos"] = json::array{json::object{
        {"actionType", "PUBLISH"}, {"resources", json::array{"arn:aws:iot:us-east-1:" + kVendor + ":topic/" + topic}}}};
    const auto answer = call("POST", "/test-authorization?clientId=" + client_id, more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("authResults").at(0).as_object();
  }
  std::string decide(const std::string& topic, json::object more = {}, const std::string& client_id = "lamp") {
    return std::string(ask(topic, std::move(more), client_id).at("authDecision").as_string());
  }

  std::string id_;
  std::string principal_;
};

TEST_F(Evaluation, TellsWhatAConnectionWouldBeAllowed) {
  EXPECT_EQ(decide("lamp/x"), "ALLOWED");
  EXPECT_EQ(decide("blue"), "ALLOWED") << "by the thing's attribute";
  EXPECT_EQ(decide("other/x"), "IMPLICIT_DENY");
  EXPECT_EQ(decide("lamp/x", {}, "stranger"), "IMPLICIT_DENY") << "the client id names no attached thing";
  const auto result = ask("lamp/x");
  EXPECT_EQ(result.at("allowed").at("policies").as_array().size(), 1u);
  EXPECT_EQ(result.at("denied").at("implicitDeny").at("policies").as_array().size(), 1u);
  EXPECT_EQ(result.at("authInfo").at("actionType"), "PUBLISH");
  const auto missing = ask("lamp/x", {}, "stranger").at("missingContextValues").as_array();
  EXPECT_EQ(missing.size(), 2u);
}

TEST_F(Evaluation, AddsAndSkipsPolicies) {
  EXPECT_EQ(decide("lamp/secret"), "ALLOWED");
  EXPECT_EQ(decide("lamp/secret", {{"policyNamesToAdd", json::array{"deny"}}}), "EXPLICIT_DENY");
  EXPECT_EQ(decide("lamp/x", {{"policyNamesToSkip", json::array{"publish"}}}), "IMPLICIT_DENY");
}

TEST_F(Evaluation, RefusesQuestionsThatMakeNoSense) {
  EXPECT_EQ(call("POST", "/test-authorization", json::object{{"principal", principal_}}).status, 400);
  EXPECT_EQ(call("POST", "/test-authorization",
                 json::object{{"principal", principal_},
                              {"authInfos", json::array{json::object{{"resources", json::array{"x"}}}}}})
                .status,
            400);
  EXPECT_EQ(call("POST", "/effective-policies", json::object{}).status, 400);
  EXPECT_EQ(call("POST", "/effective-policies?thingName=absent", json::object{}).status, 404);
}

TEST_F(Evaluation, ListsWhatIsInheritedFromGroups) {
  const auto effective = [&](const std::string& query, const json::object& body) {
    return call("POST", "/effective-policies" + query, body).json().at("effectivePolicies").as_array().size();
  };
  EXPECT_EQ(effective("", {{"principal", principal_}}), 2u);
  call("POST", "/thing-groups/house", json::object{});
  call("POST", "/thing-groups/room", json::object{{"parentGroupName", "house"}});
  call("PUT", "/thing-groups/addThingToThingGroup", json::object{{"thingName", "lamp"}, {"thingGroupName", "room"}});
  call("PUT", "/target-policies/deny",
       json::object{{"target", "arn:aws:iot:us-east-1:" + kVendor + ":thinggroup/house"}});
  EXPECT_EQ(effective("", {{"principal", principal_}}), 3u);
  EXPECT_EQ(effective("?thingName=lamp", {}), 1u);
  EXPECT_EQ(decide("lamp/secret"), "EXPLICIT_DENY");
}

}  // namespace
}  // namespace xl::api::test
