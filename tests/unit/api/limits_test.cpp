// SPDX-License-Identifier: Apache-2.0
// Every limit that an account can set and the control plane keeps: reached with a value of the account's own, answered
// with the exception that the table names, and gone when it is lifted.
#include <functional>

#include "cloud/model/limits.hpp"
#include "unit/api/support.hpp"

namespace xl::api::test {
namespace {

using cloud::limits::Limit;

std::string document(std::size_t more = 0) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/)" +
         std::string(more, 'x') + R"("}]})";
}

json::object attributes(std::size_t count, const std::string& value = "v") {
  json::object map;
  for (std::size_t i = 0; i < count; ++i) map["a" + std::to_string(i)] = value;
  return {{"attributes", std::move(map)}};
}

class Limits : public ApiTest {
 protected:
  void set(Limit limit, std::optional<std::size_t> value) {
    write([=](cloud::Registry& registry) { return registry.accounts().set_limit(kVendor, limit, value); });
  }
  Answer post(const std::string& target, json::object body = {}) { return call("POST", target, body); }
  Answer put(const std::string& target, json::object body = {}) { return call("PUT", target, body); }
  void ok(const Answer& answer) { EXPECT_EQ(answer.status, 200) << answer.body; }

  /// `attempt(n)` asks for what makes n of whatever it is; 1 and 2 are there when it is asked for 3.
  struct Case {
    Limit limit;
    std::function<Answer(std::size_t)> attempt;
  };
  std::vector<Case> cases();
  Answer attach(std::size_t n, const std::string& target) {
    const std::string name = "p" + std::to_string(n);
    post("/policies/" + name, {{"policyDocument", document()}});
    return put("/target-policies/" + name, {{"target", "arn:aws:iot:us-east-1:" + kVendor + ":" + target}});
  }
  Answer join(std::size_t n) {
    const std::string group = "tree" + std::to_string(n);
    post("/thing-groups/" + group);
    return put("/thing-groups/addThingToThingGroup", {{"thingName", "lamp"}, {"thingGroupName", group}});
  }
};

std::vector<Limits::Case> Limits::cases() {
  const std::string id = add_device("lamp");
  post("/thing-groups/g");
  post("/thing-types/typed");
  post("/policies/v", {{"policyDocument", document()}});
  post("/provisioning-templates",
       {{"templateName", "t"}, {"templateBody", kTemplateBody}, {"provisioningRoleArn", kRole}, {"type", "JITP"}});
  const auto number = [](std::size_t n) { return std::to_string(n); };
  return {
      // add_device() has attached one policy.
      {Limit::policies_per_certificate,
       [=, this](std::size_t n) {
         return n == 1 ? put("/target-policies/policy-lamp",
                             {{"target", "arn:aws:iot:us-east-1:" + kVendor + ":cert/" + id}})
                       : attach(n, "cert/" + id);
       }},
      {Limit::policies_per_group, [=, this](std::size_t n) { return attach(n, "thinggroup/g"); }},
      {Limit::versions_per_policy,
       [=, this](std::size_t n) {
         return n == 1 ? call("GET", "/policies/v") : post("/policies/v/version", {{"policyDocument", document()}});
       }},
      {Limit::versions_per_template,
       [=, this](std::size_t n) {
         return n == 1 ? call("GET", "/provisioning-templates/t")
                       : post("/provisioning-templates/t/versions", {{"templateBody", kTemplateBody}});
       }},
      {Limit::attributes_per_thing,
       [=, this](std::size_t n) { return post("/things/a" + number(n), {{"attributePayload", attributes(n)}}); }},
      {Limit::attributes_per_typed_thing,
       [=, this](std::size_t n) {
         return post("/things/b" + number(n), {{"thingTypeName", "typed"}, {"attributePayload", attributes(n)}});
       }},
      {Limit::attributes_per_group,
       [=, this](std::size_t n) {
         return post("/thing-groups/c" + number(n),
                     {{"thingGroupProperties", json::object{{"attributePayload", attributes(n)}}}});
       }},
      {Limit::groups_per_thing, [=, this](std::size_t n) { return join(n); }},
      {Limit::group_depth,
       [=, this](std::size_t n) {
         return n == 1 ? post("/thing-groups/deep1")
                       : post("/thing-groups/deep" + number(n), {{"parentGroupName", "deep" + number(n - 1)}});
       }},
      {Limit::children_per_group,
       [=, this](std::size_t n) { return post("/thing-groups/child" + number(n), {{"parentGroupName", "g"}}); }},
      {Limit::tags_per_resource,
       [=, this](std::size_t n) {
         return post("/tags", {{"resourceArn", "arn:aws:iot:us-east-1:" + kVendor + ":thinggroup/g"},
                               {"tags", json::array{json::object{{"Key", "k" + number(n)}, {"Value", "v"}}}}});
       }},
      {Limit::cas_per_subject, [=, this](std::size_t) { return register_sni_only(make_ca("the same")); }},
  };
}

TEST_F(Limits, OfWhatThereMayBeAreAnsweredAsTheTableSays) {
  for (const Case& one : cases()) {
    const cloud::limits::Row& row = cloud::limits::row_of(one.limit);
    SCOPED_TRACE(row.name);
    set(one.limit, 2);
    ok(one.attempt(1));
    ok(one.attempt(2));
    const Answer refused = one.attempt(3);
    EXPECT_EQ(refused.exception() + " " + std::to_string(refused.status), row.refusal) << refused.body;
    set(one.limit, 0);
    ok(one.attempt(3));
    set(one.limit, std::nullopt);
  }
}

TEST_F(Limits, OfLengthsAreAnsweredAsTheTableSays) {
  const std::size_t base = document().size();
  set(Limit::policy_characters, base + 5);
  ok(post("/policies/short", {{"policyDocument", document(5) + "   "}}));
  const Answer refused = post("/policies/long", {{"policyDocument", document(6)}});
  EXPECT_EQ(refused.exception(), "MalformedPolicyException") << refused.body;
  EXPECT_EQ(post("/policies/short/version", {{"policyDocument", document(6)}}).exception(), "MalformedPolicyException");
  set(Limit::policy_characters, std::nullopt);
  ok(post("/policies/standard", {{"policyDocument", document(2048 - base)}}));
  EXPECT_EQ(post("/policies/long", {{"policyDocument", document(2049 - base)}}).status, 400);
  set(Limit::policy_characters, 0);
  ok(post("/policies/long", {{"policyDocument", document(2049 - base)}}));

  set(Limit::attribute_bytes, 10);
  ok(post("/things/a", {{"attributePayload", attributes(1, "12345678")}}));
  EXPECT_EQ(post("/things/b", {{"attributePayload", attributes(1, "123456789")}}).status, 400);
}

TEST_F(Limits, AreOneAccountsAndTheDefaultsAreThoseOfAws) {
  set(Limit::attributes_per_thing, 4);
  const auto made_by = [&](const crypto::Credentials& key, std::size_t count) {
    return call_as(key, "POST", "/things/lamp", json::serialize(json::object{{"attributePayload", attributes(count)}}))
        .status;
  };
  EXPECT_EQ(made_by(vendor_key_, 4), 200);
  EXPECT_EQ(made_by(other_key_, 4), 400);
  EXPECT_EQ(made_by(other_key_, 3), 200);
}

TEST_F(Limits, HoldForTemplatesAsForCalls) {
  const std::string id = add_device("lamp");
  for (const std::string name : {"house", "garden"}) post("/thing-groups/" + name);
  post("/policies/p", {{"policyDocument", document()}});
  post("/policies/q", {{"policyDocument", document()}});
  const auto register_thing = [&](const std::string& thing_more, const std::string& policy) {
    return post(
        "/things",
        {{"templateBody",
          R"({"Resources":{"thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"new")" + thing_more +
              R"(}},"certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":")" + id +
              R"("}},"policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":")" + policy + R"("}}}})"}});
  };
  const auto refused = [&](Limit limit, const std::string& thing_more, const std::string& said) {
    set(limit, 1);
    const Answer answer = register_thing(thing_more, "p");
    EXPECT_EQ(answer.exception(), "ResourceRegistrationFailureException") << answer.body;
    EXPECT_NE(answer.message().find(said), std::string::npos) << answer.body;
    EXPECT_EQ(call("GET", "/things/new").status, 404) << "all or nothing";
    set(limit, std::nullopt);
  };
  refused(Limit::policies_per_certificate, "", "already has 1 policies");
  refused(Limit::attributes_per_thing, R"(,"AttributePayload":{"a":"1","b":"2"})", "at most 1 attributes");
  refused(Limit::groups_per_thing, R"(,"ThingGroups":["house","garden"])", "in 1 thing groups");
  ok(register_thing(R"(,"AttributePayload":{"a":"1","b":"2"},"ThingGroups":["house","garden"])", "p"));
}

}  // namespace
}  // namespace xl::api::test
