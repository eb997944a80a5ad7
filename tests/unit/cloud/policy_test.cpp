// SPDX-License-Identifier: Apache-2.0
#include "cloud/policy/policy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace xl::cloud::policy {
namespace {

const std::string kArn = "arn:aws:iot:us-east-1:111111111111:";
using Values = std::map<std::string, std::string, std::less<>>;

std::string statement(const std::string& effect, const std::string& action, const std::string& resource,
                      const std::string& more = "") {
  return R"({"Effect":")" + effect + R"(","Action":")" + action + R"(","Resource":")" + resource + "\"" + more + "}";
}

std::string document(const std::string& statements, const std::string& version = "2012-10-17") {
  return R"({"Version":")" + version + R"(","Statement":[)" + statements + "]}";
}

Decision decide(const std::string& json, const std::string& action, const std::string& resource,
                const Values& values = {}) {
  auto parsed = Document::parse("p", json);
  EXPECT_TRUE(parsed) << parsed.error().detail;
  PolicySet set;
  if (parsed) set.add(*parsed);
  return set.evaluate({action, resource}, [&](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  });
}

bool allows(const std::string& resource_pattern, const std::string& resource, const Values& values = {}) {
  return decide(document(statement("Allow", "iot:Publish", kArn + resource_pattern)), "iot:Publish", kArn + resource,
                values)
      .allowed();
}

/// The error's text; empty when the document parses.
std::string fault_of(const std::string& json) {
  const auto parsed = Document::parse("p", json);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  return parsed.error().detail;
}

TEST(Policy, AsteriskCrossesSlashes) {
  EXPECT_TRUE(allows("topic/a/*", "topic/a/b/c/d"));
  EXPECT_TRUE(allows("topic/a/*", "topic/a/"));
  EXPECT_FALSE(allows("topic/a/*", "topic/ab"));
  EXPECT_TRUE(allows("topic/*/end", "topic/a/b/end"));
}

TEST(Policy, QuestionMarkIsExactlyOneCharacter) {
  EXPECT_TRUE(allows("topic/?", "topic/a"));
  EXPECT_TRUE(allows("topic/?", "topic/\xE2\x82\xAC")) << "one character of three bytes";
  EXPECT_FALSE(allows("topic/?", "topic/"));
  EXPECT_FALSE(allows("topic/?", "topic/ab"));
}

TEST(Policy, MqttWildcardsAreLiteralText) {
  EXPECT_TRUE(allows("topicfilter/a/+/b", "topicfilter/a/+/b"));
  EXPECT_FALSE(allows("topicfilter/a/+/b", "topicfilter/a/x/b"));
  EXPECT_TRUE(allows("topicfilter/a/#", "topicfilter/a/#"));
  EXPECT_FALSE(allows("topicfilter/a/#", "topicfilter/a/b"));
}

TEST(Policy, ResourcesAreCaseSensitiveAndComparedWhole) {
  EXPECT_FALSE(allows("topic/Lamp", "topic/lamp"));
  EXPECT_FALSE(decide(document(statement("Allow", "iot:Publish", "arn:aws:iot:us-east-1:222222222222:topic/a")),
                      "iot:Publish", kArn + "topic/a")
                   .allowed())
      << "another account";
  EXPECT_TRUE(decide(document(statement("Allow", "*", "*")), "iot:Connect", kArn + "client/a").allowed());
}

TEST(Policy, ActionsIgnoreCaseAndTakeWildcards) {
  const auto may = [](const std::string& pattern, const std::string& action) {
    return decide(document(statement("Allow", pattern, "*")), action, kArn + "topic/a").allowed();
  };
  EXPECT_TRUE(may("IOT:publish", "iot:Publish"));
  EXPECT_TRUE(may("iot:P*", "iot:Publish"));
  EXPECT_TRUE(may("iot:*", "iot:RetainPublish"));
  EXPECT_FALSE(may("iot:P*", "iot:RetainPublish"));
  EXPECT_FALSE(may("iot:Publish", "iot:RetainPublish"));
}

TEST(Policy, WithoutAMatchTheAnswerIsAnImplicitDeny) {
  const Decision decision =
      decide(document(statement("Allow", "iot:Publish", kArn + "topic/a")), "iot:Publish", kArn + "topic/b");
  EXPECT_EQ(decision.effect, Effect::implicit_deny);
  EXPECT_EQ(decision.statement, "");
  EXPECT_EQ(PolicySet().evaluate({"iot:Connect", "x"}, {}).effect, Effect::implicit_deny);
}

TEST(Policy, AnExplicitDenyWinsWhereverItStands) {
  const std::string allow = statement("Allow", "iot:*", "*");
  const std::string deny = statement("Deny", "iot:Publish", kArn + "topic/secret");
  for (const std::string& both : {allow + "," + deny, deny + "," + allow}) {
    const Decision decision = decide(document(both), "iot:Publish", kArn + "topic/secret");
    EXPECT_EQ(decision.effect, Effect::explicit_deny);
    EXPECT_NE(decision.statement.find("policy p, statement "), std::string::npos);
    EXPECT_TRUE(decide(document(both), "iot:Publish", kArn + "topic/other").allowed());
  }
}

TEST(Policy, ADenyInOnePolicyOverrulesAnAllowInAnother) {
  PolicySet set;
  set.add(*Document::parse("open", document(statement("Allow", "*", "*"))));
  set.add(*Document::parse("closed", document(statement("Deny", "iot:Connect", "*"))));
  const Decision decision = set.evaluate({"iot:Connect", kArn + "client/a"}, {});
  EXPECT_EQ(decision.effect, Effect::explicit_deny);
  EXPECT_EQ(decision.statement, "policy closed, statement 1");
}

TEST(Policy, VariablesAreReplacedByTheConnectionsValues) {
  const Values values{{"iot:ClientId", "lamp"}, {"iot:Connection.Thing.ThingName", "thing-1"}};
  EXPECT_TRUE(allows("topic/${iot:ClientId}/data", "topic/lamp/data", values));
  EXPECT_TRUE(allows("topic/${iot:Connection.Thing.ThingName}/*", "topic/thing-1/data", values));
  EXPECT_FALSE(allows("topic/${iot:ClientId}/data", "topic/lamp2/data", values));
}

TEST(Policy, AVariableWithoutAValueMatchesNothing) {
  EXPECT_FALSE(allows("topic/${iot:Connection.Thing.ThingName}/data", "topic//data"));
  EXPECT_FALSE(allows("topic/${iot:Connection.Thing.ThingName}/data", "topic/${iot:Connection.Thing.ThingName}/data"));
  EXPECT_FALSE(allows("topic/${iot:Connection.Thing.ThingName}*", "topic/x"));
}

TEST(Policy, ASubstitutedValueIsNeverAWildcard) {
  EXPECT_FALSE(allows("topic/${iot:ClientId}/data", "topic/other/data", {{"iot:ClientId", "*"}}));
  EXPECT_FALSE(allows("topic/${iot:ClientId}/data", "topic/x/data", {{"iot:ClientId", "?"}}));
  EXPECT_TRUE(allows("topic/${iot:ClientId}/data", "topic/*/data", {{"iot:ClientId", "*"}}));
  EXPECT_FALSE(allows("topic/${iot:ClientId}/data", "topic/x/data",
                      {{"iot:ClientId", "${iot:CertificateId}"}, {"iot:CertificateId", "x"}}))
      << "not substituted twice";
}

TEST(Policy, AClientIdThatIsAnMqttWildcardCannotSubscribeToItself) {
  EXPECT_FALSE(allows("topicfilter/${iot:ClientId}/data", "topicfilter/+/data", {{"iot:ClientId", "+"}}));
  EXPECT_FALSE(allows("topicfilter/${iot:ClientId}", "topicfilter/#", {{"iot:ClientId", "#"}}));
}

TEST(Policy, CertificateValuesThatLookLikeWildcardsAreNotSubstituted) {
  const std::string name = "iot:Certificate.Subject.CommonName";
  EXPECT_TRUE(allows("topic/${" + name + "}", "topic/lamp", {{name, "lamp"}}));
  for (const char* bad : {"a*", "a$", "a+", "a?", "a#"})
    EXPECT_FALSE(allows("topic/${" + name + "}", std::string("topic/") + bad, {{name, bad}})) << bad;
  EXPECT_FALSE(allows("topic/${" + name + "}", "topic/" + std::string(1025, 'a'), {{name, std::string(1025, 'a')}}));
}

TEST(Policy, EscapesStandForTheCharactersThemselves) {
  EXPECT_TRUE(allows("topic/${*}", "topic/*"));
  EXPECT_FALSE(allows("topic/${*}", "topic/a"));
  EXPECT_TRUE(allows("topic/a${?}", "topic/a?"));
  EXPECT_FALSE(allows("topic/a${?}", "topic/ab"));
  EXPECT_TRUE(allows("topic/${$}{x}", "topic/${x}"));
}

TEST(Policy, TheOldVersionKnowsNoVariables) {
  const std::string old = document(statement("Allow", "iot:Publish", kArn + "topic/${iot:ClientId}"), "2008-10-17");
  EXPECT_FALSE(decide(old, "iot:Publish", kArn + "topic/lamp", {{"iot:ClientId", "lamp"}}).allowed());
  EXPECT_TRUE(decide(old, "iot:Publish", kArn + "topic/${iot:ClientId}", {{"iot:ClientId", "lamp"}}).allowed());
}

TEST(Policy, ListsAndASingleStatementAreTaken) {
  const std::string json = R"({"Version":"2012-10-17","Id":"x","Statement":{"Sid":"s","Effect":"Allow",)"
                           R"("Action":["iot:Publish","iot:Receive"],"Resource":["arn:a","arn:b"]}})";
  EXPECT_TRUE(decide(json, "iot:Receive", "arn:b").allowed());
  EXPECT_FALSE(decide(json, "iot:Receive", "arn:c").allowed());
}

TEST(PolicyParse, NamesWhatIsWrong) {
  const auto expect = [](const std::string& json, const std::string& text) {
    const std::string fault = fault_of(json);
    EXPECT_NE(fault.find(text), std::string::npos) << json << "\n" << fault;
    EXPECT_NE(fault.find("policy p"), std::string::npos) << fault;
  };
  expect("{", "not JSON");
  expect("[]", "JSON object");
  expect("{}", "Version");
  expect(R"({"Version":"2012-10-17"})", "Statement is missing");
  expect(document(""), "Statement is empty");
  expect(document(statement("allow", "iot:Publish", "*")), "statement 1: Effect");
  expect(document(statement("Allow", "*", "*") + "," + statement("Allow", "Publish", "*")), "statement 2: the action");
  expect(document(statement("Allow", "iot:Publish", "topic/a")), "neither an ARN");
  expect(document(R"({"Effect":"Allow","Action":[],"Resource":"*"})"), "Action must be");
  expect(document(R"({"Effect":"Allow","Action":[1],"Resource":"*"})"), "Action must be");
  expect(document(R"({"Effect":"Allow","Action":"iot:*"})"), "Resource is missing");
  expect(document(statement("Allow", "iot:*", "arn:${iot:ClientId")), "not closed");
}

TEST(PolicyParse, RefusesElementsThatItWouldHaveToIgnore) {
  for (const char* element : {"Principal", "NotPrincipal", "NotAction", "NotResource"})
    EXPECT_NE(fault_of(document(statement("Allow", "*", "*", std::string(",\"") + element + "\":\"*\""))).find(element),
              std::string::npos);
}

TEST(PolicyParse, LeavesTheLengthToTheAccountWithinReason) {
  EXPECT_EQ(fault_of(document(statement("Allow", "iot:*", "arn:" + std::string(60'000, 'a')))), "");
  EXPECT_NE(fault_of(document(statement("Allow", "iot:*", "arn:" + std::string(66'000, 'a')))), "");
}

TEST(PolicyParse, DeepNestingAndGarbageAreErrors) {
  EXPECT_NE(fault_of(std::string(2000, '[')), "");
  EXPECT_NE(fault_of(std::string("\xff\xfe\x00", 3)), "");
  EXPECT_NE(fault_of(""), "");
}

}  // namespace
}  // namespace xl::cloud::policy
