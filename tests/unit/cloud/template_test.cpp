// SPDX-License-Identifier: Apache-2.0
// source: AWS IoT Developer Guide, "Provisioning templates"
#include "cloud/provisioning/template.hpp"

#include <gtest/gtest.h>

#include "cloud/policy/policy.hpp"

namespace xl::cloud::provisioning {
namespace {

using Parameters = std::map<std::string, std::string>;

const std::string kPolicy =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:*","Resource":"*"}})";
const std::string kCertificate =
    R"("certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"},"Status":"Active"}})";

std::string body(const std::string& resources, const std::string& more_parameters = "", const std::string& more = "") {
  return R"({"Parameters":{"AWS::IoT::Certificate::Id":{"Type":"String"},"AWS::IoT::Certificate::SerialNumber":{"Type":"String"})" +
         more_parameters + R"(},"Resources":{)" + resources + "}" + more + "}";
}

std::string thing(const std::string& name, const std::string& more = "") {
  return R"("thing":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":)" + name + more + "}}";
}

const std::string kSerial = R"({"Ref":"AWS::IoT::Certificate::SerialNumber"})";
const Parameters kValues{{"AWS::IoT::Certificate::Id", std::string(64, 'a')},
                         {"AWS::IoT::Certificate::SerialNumber", "4a5b"}};

/// The name of the thing that a ThingName expression comes to, or the fault.
std::string name_from(const std::string& expression, const std::string& more_parameters = "",
                      const std::string& more = "") {
  const std::string text = body(thing(expression), more_parameters, more);
  const auto plan = fill_template(text, kValues);
  if (!plan) return plan.error().detail;
  const Status checked = check_template(text);
  EXPECT_TRUE(checked) << "what can be filled must be accepted at creation: " << checked.error().detail;
  return plan->thing_name;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// check_template's complaint; empty when it has none.
std::string fault_of(const std::string& text) {
  const Status checked = check_template(text);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, Errc::invalid_argument);
  return checked.error().detail;
}

TEST(Template, MakesAThingACertificateAndAPolicy) {
  const std::string text =
      body(thing(kSerial, R"(,"AttributePayload":{"model":"A-1","serial":)" + kSerial + "}") + "," + kCertificate +
           R"(,"policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"birth"}})");
  EXPECT_EQ(fault_of(text), "");
  const auto plan = fill_template(text, kValues);
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(plan->thing_name, "4a5b");
  EXPECT_EQ(plan->attributes, (Parameters{{"model", "A-1"}, {"serial", "4a5b"}}));
  EXPECT_TRUE(plan->activate);
  ASSERT_EQ(plan->policies.size(), 1u);
  EXPECT_EQ(plan->policies[0].name, "birth");
  EXPECT_EQ(plan->policies[0].document, "");
}

TEST(Template, AMissingSubjectAttributeIsNamed) {
  const auto plan = fill_template(body(thing(kSerial)), {{"AWS::IoT::Certificate::Id", "ab"}});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, Errc::invalid_argument);
  EXPECT_TRUE(has(plan.error().detail, "AWS::IoT::Certificate::SerialNumber")) << plan.error().detail;
}

TEST(Template, ADefaultStandsInForAMissingValue) {
  EXPECT_EQ(name_from(R"({"Ref":"Place"})", R"(,"Place":{"Type":"String","Default":"attic"})"), "attic");
}

TEST(Template, FunctionsComeToText) {
  EXPECT_EQ(name_from(R"({"Fn::Join":["-",["a",)" + kSerial + R"(,"c"]]})"), "a-4a5b-c");
  EXPECT_EQ(name_from(R"({"Fn::Select":[1,["a","b","c"]]})"), "b");
  EXPECT_EQ(name_from(R"({"Fn::Select":["0",["a","b"]]})"), "a");
  EXPECT_EQ(name_from(R"({"Fn::Select":[1,{"Fn::Split":["-",{"Fn::Join":["-",["x",)" + kSerial + R"(]]}]}]})"), "4a5b");
  EXPECT_EQ(name_from(R"({"Fn::Sub":"n-${AWS::IoT::Certificate::SerialNumber}"})"), "n-4a5b");
  EXPECT_EQ(name_from(R"({"Fn::Sub":["${a}${b}",{"a":"1","b":)" + kSerial + "}]}"), "14a5b");
  EXPECT_EQ(name_from(R"({"Fn::FindInMap":["Rooms",)" + kSerial + R"(,"name"]})", "",
                      R"(,"Mappings":{"Rooms":{"4a5b":{"name":"kitchen"}}})"),
            "kitchen");
}

TEST(Template, FunctionsThatCannotBeEvaluatedSayWhich) {
  EXPECT_TRUE(has(name_from(R"({"Fn::Select":[3,["a"]]})"), "Fn::Select"));
  EXPECT_TRUE(has(name_from(R"({"Fn::Select":[-1,["a"]]})"), "Fn::Select"));
  EXPECT_TRUE(has(name_from(R"({"Fn::FindInMap":["Rooms","x","name"]})"), "Fn::FindInMap"));
  EXPECT_TRUE(has(name_from(R"({"Fn::Join":["-","a"]})"), "list"));
  EXPECT_TRUE(has(name_from(R"({"Fn::Base64":"a"})"), "Fn::Base64"));
  EXPECT_TRUE(has(name_from(R"({"Ref":"Nobody"})"), "Nobody"));
  EXPECT_TRUE(has(name_from(R"({"Fn::Sub":"${Nobody}"})"), "Nobody"));
}

TEST(Template, NestedFunctionsCannotFillTheMemory) {
  std::string expression = R"("xxxxxxxxxxxxxxxx")";
  for (int level = 0; level < 8; ++level)
    expression = R"({"Fn::Sub":["${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}${a}",{"a":)" + expression + "}]}";
  EXPECT_TRUE(has(name_from(expression), "32 KiB"));
}

TEST(Template, APolicyDocumentWithoutANameIsNamedByItsHash) {
  std::string escaped = kPolicy;
  for (std::size_t at = 0; (at = escaped.find('"', at)) != std::string::npos; at += 2) escaped.insert(at, 1, '\\');
  const auto policy_of = [](const std::string& document) {
    const std::string text =
        body(thing(kSerial) + R"(,"p":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":)" + document + "}}");
    EXPECT_EQ(fault_of(text), "");
    const auto plan = fill_template(text, kValues);
    EXPECT_TRUE(plan) << plan.error().detail;
    return plan ? plan->policies.at(0) : Plan::PolicyPlan{};
  };
  const auto as_text = policy_of("\"" + escaped + "\"");
  EXPECT_EQ(as_text.document, kPolicy);
  EXPECT_EQ(as_text.name.size(), 40u);
  EXPECT_EQ(as_text.name.find_first_not_of("0123456789ABCDEF"), std::string::npos) << as_text.name;
  EXPECT_EQ(policy_of(kPolicy).name, as_text.name) << "the same document written as an object";
}

TEST(Template, FunctionsInsideAPolicyDocumentAreEvaluatedAndPolicyVariablesStay) {
  const std::string document =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iot:Connect"],"Resource":[)"
      R"({"Fn::Join":["",["arn:aws:iot:*:*:client/",{"Ref":"AWS::IoT::Certificate::SerialNumber"}]]},)"
      R"({"Fn::Sub":"arn:aws:iot:*:*:topic/${AWS::IoT::Certificate::SerialNumber}/${iot:ClientId}/${*}"}]}]})";
  const std::string text =
      body(thing(kSerial) + R"(,"p":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":)" + document + "}}");
  EXPECT_EQ(fault_of(text), "");
  const auto plan = fill_template(text, kValues);
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_TRUE(has(plan->policies[0].document, "client/4a5b\"")) << plan->policies[0].document;
  EXPECT_TRUE(has(plan->policies[0].document, "topic/4a5b/${iot:ClientId}/${*}")) << plan->policies[0].document;
}

TEST(Template, TheCertificatesStatusIgnoresCase) {
  const auto activates = [](const std::string& status) {
    const auto plan = fill_template(
        body(thing(kSerial) + R"(,"c":{"Type":"AWS::IoT::Certificate","Properties":{"Status":")" + status + "\"}}"),
        kValues);
    return plan ? std::optional(plan->activate) : std::nullopt;
  };
  EXPECT_EQ(activates("active"), true);
  EXPECT_EQ(activates("INACTIVE"), false);
  EXPECT_EQ(activates("REVOKED"), std::nullopt);
}

TEST(Template, OverrideSettingsAreReadInBothSpellings) {
  const auto chosen = [](const std::string& settings) {
    const auto plan = fill_template(
        body(R"("t":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"a"},"OverrideSettings":)" + settings + "}"),
        kValues);
    return plan ? std::optional(plan->attribute_override) : std::nullopt;
  };
  EXPECT_EQ(chosen(R"({"AttributePayload":"MERGE"})"), Plan::Override::merge);
  EXPECT_EQ(chosen(R"({"ATTRIBUTE_PAYLOAD":"DO_NOTHING"})"), Plan::Override::do_nothing);
  EXPECT_EQ(chosen("{}"), Plan::Override::replace);
  EXPECT_EQ(chosen(R"({"AttributePayload":"SOMETIMES"})"), std::nullopt);
}

TEST(Template, NamesATypeAndGroups) {
  const auto plan = fill_template(
      body(thing("\"a\"", R"(,"ThingTypeName":"lamps","ThingGroups":["g",{"Ref":"P"}])"), R"(,"P":{"Type":"String"})"),
      {{"P", "h"}, {"AWS::IoT::Certificate::Id", "x"}, {"AWS::IoT::Certificate::SerialNumber", "y"}});
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(plan->thing_type, "lamps");
  EXPECT_EQ(plan->thing_groups, (std::vector<std::string>{"g", "h"}));
}

TEST(TemplateCheck, RefusesWhatItWouldHaveToIgnoreAndNamesIt) {
  EXPECT_TRUE(has(fault_of("{"), "JSON"));
  EXPECT_TRUE(has(fault_of("{}"), "Resources"));
  EXPECT_TRUE(has(fault_of(body(kCertificate)), "no thing"));
  EXPECT_TRUE(has(fault_of(body(R"("t":{"Type":"AWS::IoT::Lamp","Properties":{}})")), "AWS::IoT::Lamp"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\"", R"(,"BillingGroup":"b")"))), "BillingGroup"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\"", R"(,"ThingGroups":"g")"))), "ThingGroups"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\"") + R"(,"u":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":"b"}})")),
                  "more than one"));
  EXPECT_TRUE(has(
      fault_of(body(thing("\"a\"") + R"(,"c":{"Type":"AWS::IoT::Certificate","Properties":{"CertificatePem":"x"}})")),
      "name it with CertificateId"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\""), R"(,"N":{"Type":"Number"})")), "parameter N"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\""), "", R"(,"Outputs":{})")), "Outputs"));
  EXPECT_TRUE(has(fault_of(body(thing(R"({"Ref":"Nobody"})"))), "Nobody"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a b\""))), "ThingName"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\"", R"(,"AttributePayload":"x")"))), "AttributePayload"));
  EXPECT_TRUE(
      has(fault_of(body(thing("\"a\"") + R"(,"p":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":"{}"}})")),
          "Version"));
  EXPECT_TRUE(has(fault_of(body(thing("\"a\"") + R"(,"p":{"Type":"AWS::IoT::Policy","Properties":{}})")),
                  "PolicyName or PolicyDocument"));
  EXPECT_TRUE(has(fault_of(std::string(10'241, ' ')), "10240"));
}

TEST(TemplateFill, RefusesValuesThatMakeNoName) {
  for (const std::string& bad :
       {std::string("a b"), std::string("a/b"), std::string("a*"), std::string(129, 'a'), std::string()}) {
    const auto plan = fill_template(
        body(thing(kSerial)), {{"AWS::IoT::Certificate::Id", "ab"}, {"AWS::IoT::Certificate::SerialNumber", bad}});
    EXPECT_FALSE(plan) << bad;
  }
}

TEST(JitpParameters, ComeFromTheSubjectNotFromTheCertificatesSerial) {
  DeviceCertificate device;
  device.id = "id";
  device.serial_hex = "0102";
  device.subject = {{"C", "DE"},  {"O", "Vendor"},     {"OU", "Model"}, {"CN", "name"}, {"serialNumber", "4a"},
                    {"ST", "BE"}, {"dnQualifier", "q"}};
  const auto values = jitp_parameters(device);
  const std::string prefix = "AWS::IoT::Certificate::";
  EXPECT_EQ(values.at(prefix + "SerialNumber"), "4a");
  EXPECT_EQ(values.at(prefix + "Country"), "DE");
  EXPECT_EQ(values.at(prefix + "Organization"), "Vendor");
  EXPECT_EQ(values.at(prefix + "OrganizationalUnit"), "Model");
  EXPECT_EQ(values.at(prefix + "CommonName"), "name");
  EXPECT_EQ(values.at(prefix + "StateName"), "BE");
  EXPECT_EQ(values.at(prefix + "DistinguishedNameQualifier"), "q");
  EXPECT_EQ(values.at(prefix + "Id"), "id");
  EXPECT_FALSE(jitp_parameters({}).contains(prefix + "SerialNumber"));
}

}  // namespace
}  // namespace xl::cloud::provisioning
