// SPDX-License-Identifier: Apache-2.0
#include "gateway/access.hpp"

#include <gtest/gtest.h>

namespace xl::gateway {
namespace {

const std::string kThing = "4a0b";

struct Who {
  cloud::AccountKind kind = cloud::AccountKind::staging;
  std::optional<std::string> thing = kThing;
  bool guest = false;
  std::optional<std::string> claims_for = std::nullopt;
  ConnectionFacts connection = {.client_id = kThing, .peer_address = "192.0.2.7"};
};

Access compile(const std::string& statements, const Who& who = {}) {
  cloud::provisioning::Principal principal;
  principal.account_id = "111111111111";
  principal.certificate_id = std::string(64, 'a');
  principal.thing_name = who.thing;
  if (who.thing) {
    cloud::Thing thing{"111111111111", *who.thing, "id", {{"color", "blue"}, {"odd", "*"}}, 1, {}, "lamps"};
    principal.things.push_back(std::make_shared<const cloud::Thing>(std::move(thing)));
  }
  principal.guest = who.guest;
  principal.claims_for = who.claims_for;
  cloud::policy::PolicySet policies;
  if (!statements.empty()) {
    const std::string document = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
    policies.add(cloud::policy::Document::parse("p", document).value());
  }
  return {
      {"111111111111", "staging", who.kind, "aaaaaa", {}}, principal, std::move(policies), "eu-west-1", who.connection};
}

const std::string kAll = R"({"Effect":"Allow","Action":"iot:*","Resource":"*"})";

std::string allow(const std::string& action, const std::string& resource, const std::string& more = "") {
  return R"({"Effect":"Allow","Action":"iot:)" + action + R"(","Resource":"arn:aws:iot:eu-west-1:111111111111:)" +
         resource + "\"" + more + "}";
}

TEST(Access, EachActionIsAskedOnItsOwnKindOfResource) {
  const Access access = compile(allow("Connect", "client/4a0b") + "," + allow("Publish", "topic/p") + "," +
                                allow("Subscribe", "topicfilter/s/+") + "," + allow("Receive", "topic/r"));
  EXPECT_TRUE(access.may_connect());
  EXPECT_TRUE(access.may_publish("p", false));
  EXPECT_FALSE(access.may_publish("p", true)) << "iot:RetainPublish is a permission of its own";
  EXPECT_TRUE(access.may_subscribe("s/+"));
  EXPECT_FALSE(access.may_subscribe("s/#"));
  EXPECT_TRUE(access.may_receive("r"));
  EXPECT_FALSE(access.may_publish("r", false));
  EXPECT_FALSE(access.may_receive("p"));
}

TEST(Access, AClaimThingSpeaksOfModulesOfAnyNameAndRetainsNothing) {
  Who who;
  who.claims_for = "222222222222";
  const Access access = compile(allow("Publish", "topic/*/expresslink_config"), who);
  const auto message = access.claim_message("4a0c/expresslink_config");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->customer_id, "222222222222");
  EXPECT_EQ(message->thing_name, "4a0c");
  EXPECT_TRUE(access.may_publish("4a0c/expresslink_config", false));
  EXPECT_FALSE(access.may_publish("4a0c/expresslink_config", true));
  EXPECT_FALSE(access.may_publish("a/4a0c/expresslink_config", false)) << "no ThingName";
  EXPECT_FALSE(access.claim_message("/expresslink_config"));
  EXPECT_FALSE(access.claim_message("4a0c/data"));
  EXPECT_FALSE(compile(allow("Publish", "topic/other"), who).may_publish("4a0c/expresslink_config", false))
      << "its policy counts too";
  EXPECT_FALSE(compile(kAll).claim_message("4a0c/expresslink_config")) << "nobody's claim-thing";
}

TEST(Access, ARefusalSaysWhatWasAskedAndWhy) {
  const auto detail = [](const Status& status) { return status ? std::string("allowed") : status.error().detail; };
  EXPECT_NE(detail(compile("").may_connect()).find("no policy"), std::string::npos);
  const std::string implicit = detail(compile(allow("Publish", "topic/p")).may_publish("q", false));
  EXPECT_NE(implicit.find("iot:Publish on arn:aws:iot:eu-west-1:111111111111:topic/q"), std::string::npos) << implicit;
  const std::string denied =
      detail(compile(kAll + R"(,{"Effect":"Deny","Action":"iot:Publish","Resource":"*"})").may_publish("q", false));
  EXPECT_NE(denied.find("denied by policy p, statement 2"), std::string::npos) << denied;
}

TEST(Access, ThingVariablesNeedTheThingsNameAsClientId) {
  const std::string own = allow("Publish", "topic/${iot:Connection.Thing.ThingName}/x");
  EXPECT_TRUE(compile(own).may_publish("4a0b/x", false));
  Who other;
  other.connection.client_id = "4a0c";
  EXPECT_FALSE(compile(own, other).may_publish("4a0b/x", false));
  EXPECT_FALSE(compile(own, other).may_publish("4a0c/x", false));
  Who unattached;
  unattached.thing.reset();
  EXPECT_FALSE(compile(own, unattached).may_publish("4a0b/x", false));
}

TEST(Access, ConnectionVariables) {
  EXPECT_TRUE(compile(allow("Publish", "topic/${iot:ClientId}")).may_publish(kThing, false));
  EXPECT_TRUE(compile(allow("Publish", "topic/${iot:CertificateId}")).may_publish(std::string(64, 'a'), false));
  EXPECT_TRUE(compile(allow("Publish", "topic/x", R"(,"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}})"))
                  .may_publish("x", false));
  EXPECT_FALSE(compile(allow("Publish", "topic/x", R"(,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"))
                   .may_publish("x", false));
}

TEST(Access, VariablesOfTheCertificatesSubject) {
  Who who;
  who.connection.subject = [](std::string_view short_name) -> std::optional<std::string> {
    if (short_name == "serialNumber") return "4a0b";
    if (short_name == "O") return "*";
    return std::nullopt;
  };
  const std::string by_serial = allow("Publish", "topic/${iot:Certificate.Subject.SerialNumber}");
  EXPECT_TRUE(compile(by_serial, who).may_publish("4a0b", false));
  EXPECT_FALSE(compile(by_serial).may_publish("4a0b", false)) << "no certificate, no value";
  EXPECT_FALSE(compile(allow("Publish", "topic/${iot:Certificate.Subject.Organization}"), who).may_publish("x", false));
  EXPECT_FALSE(compile(allow("Publish", "topic/${iot:Certificate.Subject.Country}"), who).may_publish("", false));
}

TEST(Access, AClientThatCallsItselfAWildcardGainsNothing) {
  Who star;
  star.connection.client_id = "*";
  const Access access = compile(allow("Publish", "topic/${iot:ClientId}/x"), star);
  EXPECT_FALSE(access.may_publish("4a0b/x", false));
  EXPECT_TRUE(access.may_publish("*/x", false));
}

TEST(Access, ConnectAttributesAreWhatTheConnectAsksFor) {
  const std::string plain_only = allow(
      "Connect", "client/*", R"(,"Condition":{"ForAllValues:StringEquals":{"iot:ConnectAttributes":["LastWill"]}})");
  Who who;
  who.connection.has_will = true;
  EXPECT_TRUE(compile(plain_only, who).may_connect());
  who.connection.persistent = true;
  EXPECT_FALSE(compile(plain_only, who).may_connect());
}

TEST(Access, NoPolicyLiftsTheRulesOfTheService) {
  const Access access = compile(kAll);
  for (const char* topic :
       {"x/expresslink_config", "4a0b/expresslink_config", "a/b/expresslink_config", "$aws/things/4a0b/shadow/update",
        "$aws/things/4a0c/jobs/get", "$SYS/a", "$aws/events/x", "1/2/3/4/5/6/7/8/9"}) {
    EXPECT_FALSE(access.may_publish(topic, false)) << topic;
    EXPECT_FALSE(access.may_publish(topic, true)) << topic;
  }
  EXPECT_FALSE(access.may_publish(std::string(257, 'x'), false));
  EXPECT_FALSE(access.may_subscribe("1/2/3/4/5/6/7/8/9"));
  EXPECT_FALSE(access.may_subscribe(std::string(257, 'x')));
  EXPECT_TRUE(access.may_publish("1/2/3/4/5/6/7/8", false));
  EXPECT_TRUE(access.may_publish("$aws/things/4a0b/jobs/get", false));
  EXPECT_FALSE(access.may_publish("$aws/things/4a0b/jobs/get", true));
}

TEST(Access, AGuestHasItsOwnFewTopics) {
  Who guest;
  guest.guest = true;
  const Access access = compile(kAll, guest);
  for (const char* topic : {"data", "state", "quickconnect"}) {
    EXPECT_TRUE(access.may_publish(kThing + "/" + topic, false)) << topic;
  }
  EXPECT_TRUE(access.may_subscribe(kThing + "/expresslink_config"));
  for (const char* topic : {"x", "4a0c/data", "4a0b", "4a0b/", "4a0b/data/x", "data", "$aws/things/4a0b/jobs/get"}) {
    EXPECT_FALSE(access.may_publish(topic, false)) << topic;
    EXPECT_FALSE(access.may_subscribe(topic)) << topic;
  }
  for (const char* filter : {"#", "+/data", "4a0b/#", "4a0b/+", "$share/g/4a0b/state"})
    EXPECT_FALSE(access.may_subscribe(filter)) << filter;
}

TEST(Access, BareTopicsAreTheThingsOwnInAStagingAccountOnly) {
  EXPECT_EQ(compile(kAll).full_topic("data"), "4a0b/data");
  EXPECT_EQ(compile(kAll).full_topic("state"), "4a0b/state");
  for (const char* other : {"Data", "data/", "/data", "data/x", "x/data", "#", "states"})
    EXPECT_EQ(compile(kAll).full_topic(other), other);
  Who customer;
  customer.kind = cloud::AccountKind::customer;
  EXPECT_EQ(compile(kAll, customer).full_topic("data"), "data");
  Who unattached;
  unattached.thing.reset();
  EXPECT_EQ(compile(kAll, unattached).full_topic("data"), "data");
}

TEST(Access, AThingsAttributesAndTypeAreVariables) {
  const auto publishes = [](const std::string& resource, const std::string& topic, const Who& who = {}) {
    return compile(allow("Publish", resource), who).may_publish(topic, false).has_value();
  };
  const std::string attribute = "topic/${iot:Connection.Thing.Attributes[color]}/x";
  EXPECT_TRUE(publishes(attribute, "blue/x"));
  EXPECT_FALSE(publishes(attribute, "red/x"));
  EXPECT_FALSE(publishes("topic/${iot:Connection.Thing.Attributes[absent]}/x", "/x"));
  EXPECT_FALSE(publishes("topic/${iot:Connection.Thing.Attributes[odd]}/x", "blue/x")) << "a value is no wildcard";
  EXPECT_TRUE(publishes("topic/${iot:Connection.Thing.ThingTypeName}/x", "lamps/x"));
  Who stranger;
  stranger.connection.client_id = "somebody";
  EXPECT_FALSE(publishes(attribute, "blue/x", stranger)) << "the client id does not name the thing";
}

}  // namespace
}  // namespace xl::gateway
