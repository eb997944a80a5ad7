// SPDX-License-Identifier: Apache-2.0
// source: AWS IAM User Guide, "Condition operators" and "Multivalued context keys"
#include <gtest/gtest.h>

#include <map>

#include "cloud/policy/policy.hpp"

namespace xl::cloud::policy {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

Result<Document> parse(const std::string& condition) {
  return Document::parse("p", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",)"
                              R"("Condition":)" +
                                  condition + "}}");
}

bool holds(const std::string& condition, const Values& values) {
  const auto parsed = parse(condition);
  EXPECT_TRUE(parsed) << parsed.error().detail;
  PolicySet set;
  if (parsed) set.add(*parsed);
  return set
      .evaluate({"iot:Connect", "arn:x"},
                [&](std::string_view name) -> std::optional<std::string> {
                  const auto found = values.find(name);
                  return found == values.end() ? std::nullopt : std::optional(found->second);
                })
      .allowed();
}

TEST(PolicyCondition, StringOperatorsCompareWithAnyOfTheValues) {
  const std::string equals = R"({"StringEquals":{"iot:ClientId":["a","b*"]}})";
  EXPECT_TRUE(holds(equals, {{"iot:ClientId", "a"}}));
  EXPECT_TRUE(holds(equals, {{"iot:ClientId", "b*"}})) << "no wildcards in StringEquals";
  EXPECT_FALSE(holds(equals, {{"iot:ClientId", "bc"}}));
  EXPECT_FALSE(holds(equals, {{"iot:ClientId", "A"}}));
  EXPECT_TRUE(holds(R"({"StringEqualsIgnoreCase":{"k":"aB"}})", {{"k", "Ab"}}));
  EXPECT_TRUE(holds(R"({"StringLike":{"k":"b*"}})", {{"k", "bcd"}}));
  EXPECT_FALSE(holds(R"({"StringNotLike":{"k":"b*"}})", {{"k", "bcd"}}));
  EXPECT_FALSE(holds(R"({"StringNotEquals":{"k":["a","b"]}})", {{"k", "b"}}));
  EXPECT_TRUE(holds(R"({"StringNotEquals":{"k":["a","b"]}})", {{"k", "c"}}));
}

TEST(PolicyCondition, AnAbsentKeyFailsUnlessNegatedOrIfExists) {
  EXPECT_FALSE(holds(R"({"StringEquals":{"k":"a"}})", {}));
  EXPECT_TRUE(holds(R"({"StringNotEquals":{"k":"a"}})", {}));
  EXPECT_TRUE(holds(R"({"StringEqualsIfExists":{"k":"a"}})", {}));
  EXPECT_FALSE(holds(R"({"StringEqualsIfExists":{"k":"a"}})", {{"k", "b"}}));
}

TEST(PolicyCondition, EveryOperatorAndEveryKeyMustHold) {
  const std::string both = R"({"StringEquals":{"a":"1","b":"2"},"Bool":{"c":true}})";
  EXPECT_TRUE(holds(both, {{"a", "1"}, {"b", "2"}, {"c", "true"}}));
  EXPECT_FALSE(holds(both, {{"a", "1"}, {"b", "3"}, {"c", "true"}}));
  EXPECT_FALSE(holds(both, {{"a", "1"}, {"b", "2"}, {"c", "false"}}));
}

TEST(PolicyCondition, IpAddressTakesRanges) {
  const std::string in = R"({"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}})";
  EXPECT_TRUE(holds(in, {{"aws:SourceIp", "192.0.2.77"}}));
  EXPECT_TRUE(holds(in, {{"aws:SourceIp", "2001:db8:1::1"}}));
  EXPECT_FALSE(holds(in, {{"aws:SourceIp", "192.0.3.1"}}));
  EXPECT_FALSE(holds(in, {{"aws:SourceIp", "no address"}}));
  EXPECT_TRUE(holds(R"({"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}})", {{"aws:SourceIp", "192.0.2.1"}}));
  EXPECT_FALSE(parse(R"({"IpAddress":{"aws:SourceIp":"192.0.2.0/33"}})"));
}

TEST(PolicyCondition, SetOperatorsLookAtAllValuesOfAKey) {
  const std::string all = R"({"ForAllValues:StringEquals":{"iot:ConnectAttributes":["PersistentConnect"]}})";
  EXPECT_TRUE(holds(all, {})) << "an empty set";
  EXPECT_TRUE(holds(all, {{"iot:ConnectAttributes", "PersistentConnect"}}));
  EXPECT_FALSE(holds(all, {{"iot:ConnectAttributes", "PersistentConnect"}, {"iot:ConnectAttributes.1", "LastWill"}}));
  EXPECT_FALSE(
      holds(R"({"ForAllValues:StringEquals":{"iot:ConnectAttributes":[]}})", {{"iot:ConnectAttributes", "LastWill"}}))
      << "only plain connects";
  const std::string any = R"({"ForAnyValue:StringEquals":{"iot:ConnectAttributes":"LastWill"}})";
  EXPECT_TRUE(holds(any, {{"iot:ConnectAttributes", "PersistentConnect"}, {"iot:ConnectAttributes.1", "LastWill"}}));
  EXPECT_FALSE(holds(any, {}));
}

TEST(PolicyCondition, ValuesMayHoldVariables) {
  const std::string same = R"({"StringEquals":{"iot:Connection.Thing.ThingName":"${iot:ClientId}"}})";
  EXPECT_TRUE(holds(same, {{"iot:Connection.Thing.ThingName", "a"}, {"iot:ClientId", "a"}}));
  EXPECT_FALSE(holds(same, {{"iot:Connection.Thing.ThingName", "a"}, {"iot:ClientId", "b"}}));
  EXPECT_FALSE(holds(same, {{"iot:Connection.Thing.ThingName", "a"}}));
}

TEST(PolicyCondition, AnUnknownOperatorIsNamed) {
  for (const char* name : {"DateGreaterThan", "NumericEquals", "ForAllValues:Nonsense", "stringEquals"}) {
    const auto parsed = parse(std::string("{\"") + name + R"(":{"k":"1"}})");
    ASSERT_FALSE(parsed) << name;
    EXPECT_NE(parsed.error().detail.find(name), std::string::npos) << parsed.error().detail;
  }
  EXPECT_FALSE(parse(R"([])"));
  EXPECT_FALSE(parse(R"({"StringEquals":"k"})"));
  EXPECT_FALSE(parse(R"({"StringEquals":{"k":{"a":1}}})"));
}

}  // namespace
}  // namespace xl::cloud::policy
